import Foundation
import Imaging

/// Classic MR images made in memory, one for each position.
struct SyntheticSeries {
    var rows = 8
    var columns = 10
    var modality = "MR"
    var series = "1.2.3"
    var frameOfReference = "1.2.4"
    var orientation = [1.0, 0, 0, 0, 1, 0]
    var pixelSpacing = [2.0, 1.5]

    func image(at position: [Double], value: UInt16 = 0, change: (DataSet) throws -> Void = { _ in }) throws -> Data {
        let image = try DataSet()
        try image.set(.sopClassUID, "1.2.840.10008.5.1.4.1.1.4")
        try image.set(.sopInstanceUID, UniqueIdentifier.make())
        try image.set(.modality, modality)
        try image.set(.patientName, "Test^Phantom")
        try image.set(.patientID, "P1")
        try image.set(.studyInstanceUID, "1.2.5")
        try image.set(.seriesInstanceUID, series)
        try image.set(.frameOfReferenceUID, frameOfReference)
        try image.set(.imagePositionPatient, numbers: position)
        try image.set(.imageOrientationPatient, numbers: orientation)
        try image.set(.pixelSpacing, numbers: pixelSpacing)
        try image.set(.samplesPerPixel, 1)
        try image.set(.photometricInterpretation, "MONOCHROME2")
        try image.set(.rows, rows)
        try image.set(.columns, columns)
        try image.set(.bitsAllocated, 16)
        try image.set(.bitsStored, 16)
        try image.set(.highBit, 15)
        try image.set(.pixelRepresentation, 0)
        let pixels = (0..<rows * columns).map { (value &+ UInt16($0)).littleEndian }
        try image.set(.pixelData, bytes: pixels.withUnsafeBytes { Data($0) }, vr: "OW")
        try change(image)
        return try image.serialised()
    }

    /// Along z at these heights; the pixels of number k start at 1000·k.
    func images(at heights: [Double]) throws -> [Data] {
        try heights.enumerated().map { try image(at: [-5, 7, $1], value: UInt16(1000 * $0)) }
    }
}

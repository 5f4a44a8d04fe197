import Foundation
import Imaging

/// A small grey image to be varied, as a data set.
struct SyntheticImage {
    var rows = 3
    var columns = 4
    var bitsAllocated = 16
    var bitsStored = 12
    var highBit: Int?
    var isSigned = false
    var photometricInterpretation = "MONOCHROME2"
    /// Raw words, high bits and all.
    var words: [Int] = (0..<12).map { $0 * 100 }
    var samplesPerPixel = 1
    /// Set after everything else.
    var more: [(DataSet) throws -> Void] = []

    func dataSet() throws -> DataSet {
        let dataSet = try DataSet()
        try dataSet.set(.sopClassUID, "1.2.840.10008.5.1.4.1.1.7")
        try dataSet.set(.sopInstanceUID, "2.25.4711")
        try dataSet.set(.modality, "DX")
        try dataSet.set(.samplesPerPixel, samplesPerPixel)
        try dataSet.set(.photometricInterpretation, photometricInterpretation)
        try dataSet.set(.rows, rows)
        try dataSet.set(.columns, columns)
        try dataSet.set(.bitsAllocated, bitsAllocated)
        try dataSet.set(.bitsStored, bitsStored)
        try dataSet.set(.highBit, highBit ?? bitsStored - 1)
        try dataSet.set(.pixelRepresentation, isSigned ? 1 : 0)
        try dataSet.set(.pixelData, bytes: pixelBytes, vr: bitsAllocated == 8 ? "OB" : "OW")
        for change in more { try change(dataSet) }
        return dataSet
    }

    /// The image through a file and back, as a sender's would be.
    func decoded(as syntax: TransferSyntax = .explicitVRLittleEndian) throws -> DecodedImage {
        try ImageDecoder.decode(dataSet().serialised(as: syntax))
    }

    private var pixelBytes: Data {
        var bytes = Data()
        for word in words {
            bytes.append(UInt8(word & 0xFF))
            if bitsAllocated == 16 { bytes.append(UInt8(word >> 8 & 0xFF)) }
        }
        if bytes.count % 2 == 1 { bytes.append(0) }
        return bytes
    }
}

/// `Testing` has a `Tag` of its own.
typealias DICOMTag = Imaging.Tag

package import Foundation

/// The study that reformats of one volume belong to: the source's own, or a new one where the source has none.
package struct ReformatStudy: Sendable {
    let source: DataSet?
    let studyInstanceUID: String
    let frameOfReferenceUID: String

    package init(of volume: Volume) {
        if case .dicom(let image) = volume.source { source = image } else { source = nil }
        studyInstanceUID = source?.string(.studyInstanceUID) ?? UniqueIdentifier.make()
        frameOfReferenceUID = volume.frameOfReferenceUID ?? UniqueIdentifier.make()
    }
}

/// Writes grey images as one derived series of MR Image Storage (PS3.3 §A.4), and the same as PNG.
///
/// Stored values are the source's where these fit 12 bits, else scaled to do so: MR values have no unit, and the MR
/// image has no rescale attributes.
package struct MRImageSeries: Sendable {
    private let study: ReformatStudy
    private let seriesInstanceUID = UniqueIdentifier.make()
    private let number: Int
    private let description: String
    private let bodyPart: String
    private let sliceThickness: Double
    private let range: ValueRangeMapping

    /// - Parameters:
    ///   - description: SeriesDescription, at most 64 characters.
    ///   - bodyPart: BodyPartExamined, a defined term such as HEART (PS3.16 §L).
    ///   - values: all images of the series, so that they share one scale and one window.
    package init(
        study: ReformatStudy, number: Int, description: String, bodyPart: String, sliceThicknessMillimetres: Double,
        values: [[Float]]
    ) {
        self.study = study
        self.number = number
        self.description = description
        self.bodyPart = bodyPart
        sliceThickness = sliceThicknessMillimetres
        range = ValueRangeMapping(values)
    }

    /// One image as a Part 10 file, Explicit VR Little Endian.
    ///
    /// - Parameters:
    ///   - values: rows × columns of `plane`, row-major.
    ///   - instanceNumber: from 1.
    package func dicom(
        _ values: [Float], on plane: ImagePlane, instanceNumber: Int
    ) throws(ImagingError) -> Data {
        let image = try DataSet()
        try writePatientAndStudy(to: image)
        try writeSeries(to: image, instanceNumber: instanceNumber)
        try writeAcquisition(to: image)
        try writePlane(plane, to: image)
        try writePixels(values, of: plane, to: image)
        return try image.serialised()
    }

    /// The same image as 8-bit grey PNG, windowed as the DICOM image says.
    package func png(_ values: [Float], rows: Int, columns: Int) throws(ImagingError) -> Data {
        let (low, width) = (range.windowLow, range.windowHigh - range.windowLow)
        let shades = (0..<4096).map { UInt8((min(max((Float($0) - low) / width, 0), 1) * 255).rounded()) }
        let grey = range.stored(values).map { shades[Int($0)] }
        return try PNGImage.encode(grey: grey, rows: rows, columns: columns)
    }

    /// Copied from the source; type 2 attributes it lacks are empty (PS3.3 §C.7.1.1, §C.7.2.1).
    private func writePatientAndStudy(to image: DataSet) throws(ImagingError) {
        let required: [Tag] = [
            .patientName, .patientID, .patientBirthDate, .patientSex, .studyDate, .studyTime, .accessionNumber,
            .referringPhysicianName, .studyID,
        ]
        for tag in required { try image.set(tag, "") }
        if let source = study.source {
            for tag in required + [.specificCharacterSet, .patientAge, .patientSize, .patientWeight, .studyDescription]
            where source.contains(tag) {
                try image.copy(tag, from: source)
            }
        }
        try image.set(.studyInstanceUID, study.studyInstanceUID)
    }

    private func writeSeries(to image: DataSet, instanceNumber: Int) throws(ImagingError) {
        try image.set(.sopClassUID, Self.mrImageStorage)
        try image.set(.sopInstanceUID, UniqueIdentifier.make())
        try image.set(.modality, "MR")
        try image.set(.seriesInstanceUID, seriesInstanceUID)
        try image.set(.seriesNumber, number)
        try image.set(.seriesDescription, description)
        try image.set(.instanceNumber, instanceNumber)
        try image.set(.frameOfReferenceUID, study.frameOfReferenceUID)
        try image.set(.positionReferenceIndicator, "")
        try image.set(.manufacturer, "Hilum")
        try image.set(.softwareVersions, "1")
        try image.set(.imageType, "DERIVED", "SECONDARY", "OTHER")
        try image.set(.derivationDescription, "Cut from the scout volume by trilinear interpolation")
        try image.set(.burnedInAnnotation, "NO")
    }

    /// The MR Image Module's required attributes (PS3.3 §C.8.3.1): the source's where it has them.
    private func writeAcquisition(to image: DataSet) throws(ImagingError) {
        try image.set(.scanningSequence, "RM")
        try image.set(.sequenceVariant, "NONE")
        let maybeEmpty: [Tag] = [
            .scanOptions, .mrAcquisitionType, .repetitionTime, .echoTime, .echoTrainLength, .patientPosition,
        ]
        for tag in maybeEmpty { try image.set(tag, "") }
        try image.set(.bodyPartExamined, bodyPart)
        guard let source = study.source else { return }
        let copied: [Tag] = [
            .scanningSequence, .sequenceVariant, .scanOptions, .mrAcquisitionType, .echoTime, .echoTrainLength,
            .repetitionTime, .inversionTime, .triggerTime, .magneticFieldStrength, .patientPosition,
        ]
        for tag in copied where source.strings(tag) != nil { try image.copy(tag, from: source) }
    }

    private func writePlane(_ plane: ImagePlane, to image: DataSet) throws(ImagingError) {
        let (p, r, c) = (plane.position, plane.row, plane.column)
        try image.set(.imagePositionPatient, numbers: [p.x, p.y, p.z].map(Self.tenDecimals))
        try image.set(.imageOrientationPatient, numbers: [r.x, r.y, r.z, c.x, c.y, c.z].map(Self.tenDecimals))
        try image.set(.pixelSpacing, numbers: [plane.rowSpacing, plane.columnSpacing])
        try image.set(.sliceThickness, sliceThickness)
        try image.set(.sliceLocation, Self.tenDecimals(plane.center.dot(plane.normal)))
    }

    private func writePixels(_ values: [Float], of plane: ImagePlane, to image: DataSet) throws(ImagingError) {
        try image.set(.samplesPerPixel, 1)
        try image.set(.photometricInterpretation, "MONOCHROME2")
        try image.set(.rows, plane.rows)
        try image.set(.columns, plane.columns)
        try image.set(.bitsAllocated, 16)
        try image.set(.bitsStored, 12)
        try image.set(.highBit, 11)
        try image.set(.pixelRepresentation, 0)
        try image.set(.windowCenter, Double(range.windowLow + range.windowHigh) / 2)
        try image.set(.windowWidth, Double(max(1, range.windowHigh - range.windowLow)))
        let stored = range.stored(values).map { $0.littleEndian }
        try image.set(.pixelData, bytes: stored.withUnsafeBytes { Data($0) }, vr: "OW")
    }

    private static let mrImageStorage = "1.2.840.10008.5.1.4.1.1.4"

    /// Fits a decimal string of 16 characters for any patient coordinate.
    private static func tenDecimals(_ value: Double) -> Double { (value * 1e10).rounded() / 1e10 }
}

/// Values of a series as 12-bit integers, and a window around most of them.
struct ValueRangeMapping: Sendable {
    private let scale: Scale
    /// Stored values shown black and white: the 1st and 99th percentile.
    let windowLow: Float
    let windowHigh: Float

    init(_ images: [[Float]]) {
        let ranges = concurrentMap(images.count) { images[$0].withUnsafeBufferPointer(valueRange) }
        let least = min(0, ranges.map(\.lowerBound).min() ?? 0)
        let greatest = max(least, ranges.map(\.upperBound).max() ?? 0)
        let reach = greatest - least
        // Values that already use the range are kept; a range too small for integers, or too large, is scaled.
        let scale = Scale(offset: least, factor: (256...4095).contains(reach) || reach <= 0 ? 1 : 4095 / reach)
        self.scale = scale
        let found = concurrentMap(images.count) { image in
            var counts = [Int](repeating: 0, count: 4096)
            counts.withUnsafeMutableBufferPointer { counts in
                for value in scale.stored(images[image]) { counts[Int(value)] += 1 }
            }
            return counts
        }
        let counts = (0..<4096).map { value in found.reduce(0) { $0 + $1[value] } }
        let total = counts.reduce(0, +)
        func percentile(_ share: Double) -> Float {
            var below = 0
            return Float(
                counts.firstIndex {
                    below += $0; return Double(below) >= share * Double(total)
                } ?? 0)
        }
        windowLow = percentile(0.01)
        windowHigh = max(percentile(0.99), percentile(0.01) + 1)
    }

    /// Whole numbers, 0…4095.
    func stored(_ values: [Float]) -> [UInt16] { scale.stored(values) }

    private struct Scale {
        let offset: Float
        let factor: Float

        func stored(_ values: [Float]) -> [UInt16] {
            [UInt16](unsafeUninitializedCapacity: values.count) { out, count in
                values.withUnsafeBufferPointer { values in
                    for i in values.indices {
                        out[i] = UInt16(min(max((values[i] - offset) * factor, 0), 4095) + 0.5)  // the nearest
                    }
                }
                count = values.count
            }
        }
    }
}

/// Unique identifiers under the root for UUIDs (PS3.5 §B.2).
package enum UniqueIdentifier {
    /// "2.25." and a random UUID as a decimal number.
    package static func make() -> String {
        let value = withUnsafeBytes(of: UUID().uuid) { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
        return "2.25.\(value)"
    }
}

extension Tag {
    static let patientAge = Tag(0x0010, 0x1010)
    static let patientSize = Tag(0x0010, 0x1020)
    static let patientWeight = Tag(0x0010, 0x1030)
    static let scanningSequence = Tag(0x0018, 0x0020)
    static let sequenceVariant = Tag(0x0018, 0x0021)
    static let scanOptions = Tag(0x0018, 0x0022)
    static let mrAcquisitionType = Tag(0x0018, 0x0023)
    static let repetitionTime = Tag(0x0018, 0x0080)
    static let echoTime = Tag(0x0018, 0x0081)
    static let inversionTime = Tag(0x0018, 0x0082)
    static let magneticFieldStrength = Tag(0x0018, 0x0087)
    static let echoTrainLength = Tag(0x0018, 0x0091)
    static let softwareVersions = Tag(0x0018, 0x1020)
    static let triggerTime = Tag(0x0018, 0x1060)
    static let positionReferenceIndicator = Tag(0x0020, 0x1040)
    static let sliceLocation = Tag(0x0020, 0x1041)
}

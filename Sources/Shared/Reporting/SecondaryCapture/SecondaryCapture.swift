import Foundation
import Imaging

/// Writes a picture as Secondary Capture Image Storage (PS3.3 §A.8.1).
struct SecondaryCapture {
    static let storage = "1.2.840.10008.5.1.4.1.1.7"

    let picture: Picture
    /// What it was made of.
    let sources: [InstanceReference]
    let derivation: String
    let bodyPart: String

    func object(
        _ header: ObjectHeader, source: SourceStudy, device: ReportingDevice, completedAt: Date
    ) throws(ReportingError) -> ResultObject {
        let time = LocalTime(completedAt, offset: source.timezoneOffset)
        let image: DataSet
        do throws(ImagingError) {
            image = try DataSet()
            try writeCapture(to: image, at: time)
            try writePixels(to: image)
        } catch {
            throw .imaging(error)
        }
        return try header.finish(image, hasOnlyASCII: true, source: source, device: device, at: time)
    }

    private func writeCapture(to image: DataSet, at time: LocalTime) throws(ImagingError) {
        try image.set(.conversionType, "WSD")
        try image.set(.dateOfSecondaryCapture, time.date)
        try image.set(.timeOfSecondaryCapture, time.time)
        try image.set(.imageType, "DERIVED", "SECONDARY")
        try image.set(.derivationDescription, derivation)
        try image.set(.patientOrientation, "")
        try image.set(.bodyPartExamined, bodyPart)
        // Nothing on the page says who the patient is (PS3.3 §C.7.6.1.1, Burned In Annotation).
        try image.set(.burnedInAnnotation, "NO")
        try image.set(.recognizableVisualFeatures, "NO")
        let purpose = try DataSet()
        try purpose.set(.codeValue, "121322")
        try purpose.set(.codingSchemeDesignator, "DCM")
        try purpose.set(.codeMeaning, "Source of Image Processing Operation")
        var items: [DataSet] = []
        for source in sources {
            let item = try DataSet()
            try item.set(.referencedSOPClassUID, source.sopClassUID)
            try item.set(.referencedSOPInstanceUID, source.sopInstanceUID)
            try item.set(.purposeOfReferenceCodeSequence, items: [purpose])
            items.append(item)
        }
        if !items.isEmpty { try image.set(.sourceImageSequence, items: items) }
    }

    private func writePixels(to image: DataSet) throws(ImagingError) {
        try image.set(.samplesPerPixel, 3)
        try image.set(.photometricInterpretation, "RGB")
        try image.set(.planarConfiguration, 0)
        try image.set(.rows, picture.height)
        try image.set(.columns, picture.width)
        try image.set(.bitsAllocated, 8)
        try image.set(.bitsStored, 8)
        try image.set(.highBit, 7)
        try image.set(.pixelRepresentation, 0)
        var bytes = Data(picture.rgb)
        if bytes.count % 2 != 0 { bytes.append(0) }
        try image.set(.pixelData, bytes: bytes, vr: "OB")
    }
}

extension Tag {
    static let conversionType = Tag(0x0008, 0x0064)
    static let codeValue = Tag(0x0008, 0x0100)
    static let codingSchemeDesignator = Tag(0x0008, 0x0102)
    static let codeMeaning = Tag(0x0008, 0x0104)
    static let dateOfSecondaryCapture = Tag(0x0018, 0x1012)
    static let timeOfSecondaryCapture = Tag(0x0018, 0x1014)
    static let patientOrientation = Tag(0x0020, 0x0020)
    static let recognizableVisualFeatures = Tag(0x0028, 0x0302)
    static let purposeOfReferenceCodeSequence = Tag(0x0040, 0xA170)
}

/// What a header says about an image; every part may be absent, as it is in many real files.
package struct ImageMetadata: Equatable, Sendable {
    package var modality: String?
    package var sopClassUID: String?
    package var sopInstanceUID: String?
    package var studyInstanceUID: String?
    package var seriesInstanceUID: String?
    package var transferSyntaxUID: String?
    package var bodyPartExamined: String?
    package var viewPosition: String?
    package var imageLaterality: String?
    package var presentationIntentType: String?
    package var burnedInAnnotation: String?
    /// Between rows, then between columns, in mm, at the patient where known (PS3.3 §10.7.1.3).
    package var pixelSpacing: [Double]?
    /// As `pixelSpacing`, at the detector (PS3.3 §C.8.11.4).
    package var imagerPixelSpacing: [Double]?

    package init() {}

    package init(_ dataSet: DataSet) {
        modality = dataSet.string(.modality)
        sopClassUID = Self.uid(dataSet, .sopClassUID)
        sopInstanceUID = Self.uid(dataSet, .sopInstanceUID)
        studyInstanceUID = Self.uid(dataSet, .studyInstanceUID)
        seriesInstanceUID = Self.uid(dataSet, .seriesInstanceUID)
        transferSyntaxUID = dataSet.transferSyntaxUID
        bodyPartExamined = dataSet.string(.bodyPartExamined)
        viewPosition = dataSet.string(.viewPosition)
        imageLaterality = dataSet.string(.imageLaterality)
        presentationIntentType = dataSet.string(.presentationIntentType)
        burnedInAnnotation = dataSet.string(.burnedInAnnotation)
        pixelSpacing = Self.spacing(dataSet, .pixelSpacing)
        imagerPixelSpacing = Self.spacing(dataSet, .imagerPixelSpacing)
    }

    /// Digits and dots, at most 64 (PS3.5 §9.1); a leading zero or dot, seen in real files, is let through.
    package static func isUID(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
    }

    private static func uid(_ dataSet: DataSet, _ tag: Tag) -> String? {
        dataSet.string(tag).flatMap { isUID($0) ? $0 : nil }
    }

    private static func spacing(_ dataSet: DataSet, _ tag: Tag) -> [Double]? {
        guard let values = dataSet.doubles(tag), values.count == 2 else { return nil }
        return values.allSatisfy { $0.isFinite && $0 > 0 } ? values : nil
    }
}

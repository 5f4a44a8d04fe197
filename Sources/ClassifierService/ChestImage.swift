package import Foundation
package import Imaging
package import Preprocessing

/// A file decoded to what the gates and the networks look at.
package struct ChestImage: Sendable {
    /// 0…1, bone bright.
    package let presented: PresentedImage
    /// The same with what the header says.
    package let radiograph: Radiograph
    package let statistics: InputStatistics

    /// Decodes one image. What the header rules out is refused before its pixels are touched.
    ///
    /// - Parameter mediaType: `ClassifyRequest.mediaType`; empty means: look at the bytes.
    /// - Throws: `ClassificationError`, `ImagingError`.
    package init(_ bytes: Data, mediaType: String) throws {
        guard !bytes.isEmpty else { throw ClassificationError.emptyImage }
        let found = MediaType.sniff(bytes)
        guard mediaType.isEmpty || MediaType(mime: mediaType) != nil else { throw ClassificationError.unknownMediaType }
        let declared = MediaType(mime: mediaType) ?? found
        if let declared, let found, declared != found {
            throw ClassificationError.mediaTypeMismatch(declared: declared.rawValue, found: found.rawValue)
        }
        guard let declared else { throw ImagingError.unrecognisedFormat }
        switch declared {
        case .dicom: try self.init(DataSet(parsing: bytes))
        case .png, .jpeg: try self.init(ImageDecoder.decode(bytes, as: declared), rescaleSlope: 1)
        }
    }

    private init(_ dataSet: DataSet) throws {
        try RadiographModality.check(dataSet.string(.modality))
        if let frames = dataSet.int(.numberOfFrames), frames > 1 {
            throw ClassificationError.severalFrames(found: frames)
        }
        let hasTable = dataSet.contains(.modalityLUTSequence)
        try self.init(
            ImageDecoder.decode(dataSet), rescaleSlope: hasTable ? nil : dataSet.double(.rescaleSlope) ?? 1)
    }

    /// - Parameter rescaleSlope: nil where values do not depend on the stored ones by a factor.
    private init(_ decoded: DecodedImage, rescaleSlope: Double?) throws {
        presented = try decoded.presented()
        statistics = InputStatistics(presented, bitsStored: decoded.bitsStored)
        radiograph = Radiograph(
            presented,
            storedRange: rescaleSlope.map { slope in
                let values = decoded.sample(atMost: ValueRange.sampleSize)
                return ValueRange.stored(values, bitsStored: decoded.bitsStored, rescaleSlope: slope)
            },
            bodyPartExamined: decoded.metadata?.bodyPartExamined, viewPosition: decoded.metadata?.viewPosition)
    }
}

package import Foundation

/// Bytes of a file to an image, every kind of file that we read.
package enum ImageDecoder {
    /// - Parameter media: nil: recognised by the first bytes.
    /// - Throws: `ImagingError`, naming what is wrong.
    package static func decode(
        _ bytes: Data, as media: MediaType? = nil, limits: ImageLimits = .standard
    ) throws(ImagingError) -> DecodedImage {
        guard let media = media ?? MediaType.sniff(bytes) else { throw .unrecognisedFormat }
        return switch media {
        case .dicom: try decode(DataSet(parsing: bytes, limits: limits), limits: limits)
        case .png: try PlainImageDecoder.png(bytes, limits: limits)
        case .jpeg: try PlainImageDecoder.jpeg(bytes, limits: limits)
        }
    }

    /// Decodes the pixel data of a data set, all frames.
    package static func decode(
        _ dataSet: DataSet, limits: ImageLimits = .standard
    ) throws(ImagingError) -> DecodedImage {
        try DICOMImageDecoder(dataSet, limits: limits).decode()
    }

    /// Decodes one frame, counted from 0; the frames beside it count towards no limit.
    package static func decode(
        _ dataSet: DataSet, frame: Int, limits: ImageLimits = .standard
    ) throws(ImagingError) -> DecodedImage {
        try DICOMImageDecoder(dataSet, limits: limits.ofOneFrame).decode(only: frame)
    }
}

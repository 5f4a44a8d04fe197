package import Foundation

/// The frames of a data set's pixel data, one at a time: as they are stored, or as native samples.
package struct FrameReader: Sendable {
    private let dataSet: DataSet
    private let description: PixelDescription
    private let decoder: FrameDecoder?

    /// How the native frames are laid out.
    package let layout: FrameLayout

    /// - Throws: `ImagingError` naming what is missing, wrong, too large or not supported.
    package init(_ dataSet: DataSet, limits: ImageLimits = .standard) throws(ImagingError) {
        self.dataSet = dataSet
        guard dataSet.contains(.pixelData) else { throw .missingAttribute(keyword: Tag.pixelData.keyword) }
        description = try PixelDescription(dataSet, limits: limits.ofOneFrame)
        let syntax = try DICOMImageDecoder.syntax(dataSet)
        decoder =
            if let codec = syntax.codec {
                try FrameDecoder(dataSet, description: description, syntax: syntax, codec: codec)
            } else {
                nil
            }
        layout = FrameLayout(description, isDecoded: decoder != nil, codec: syntax.codec)
        if decoder == nil { try description.checkNativeLength(dataSet) }
    }

    package var frameCount: Int { description.frames }

    /// Whether frames are compressed one by one.
    package var isEncapsulated: Bool { decoder != nil }

    /// The samples of one frame as native pixel data has them (PS3.5 §A.2): words in little endian order; a compressed
    /// frame decoded, colour by pixel.
    ///
    /// - Parameter index: counted from 0.
    package func native(_ index: Int) throws(ImagingError) -> Data {
        try check(index)
        guard let decoder else { return try stored(index) }
        let frame = try decoder.frame(index)
        return Self.samples(frame.bytes, from: frame.description.bitsAllocated, to: description.bitsAllocated)
    }

    /// The bytes of one frame as they are stored: the codestream, or native samples in little endian order.
    ///
    /// - Parameter index: counted from 0.
    package func stored(_ index: Int) throws(ImagingError) -> Data {
        try check(index)
        if let decoder { return try decoder.codestream(index) }
        var bytes = Data(count: description.bytesPerFrame)
        var failure: ImagingError?
        bytes.withUnsafeMutableBytes { buffer in
            do throws(ImagingError) {
                try dataSet.read(.pixelData, from: index * description.bytesPerFrame, into: buffer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private func check(_ index: Int) throws(ImagingError) {
        guard (0..<description.frames).contains(index) else {
            throw .fewerFrames(declared: index + 1, found: description.frames)
        }
    }

    /// A codec makes samples as wide as it likes; the data set says how wide they are.
    private static func samples(_ bytes: [UInt8], from bits: Int, to target: Int) -> Data {
        if bits == target { return Data(bytes) }
        if bits == 16 { return Data(stride(from: 0, to: bytes.count - 1, by: 2).map { bytes[$0] }) }
        return Data(bytes.flatMap { [$0, 0] })
    }
}

/// How the samples of native frames are laid out (PS3.3 §C.7.6.3).
package struct FrameLayout: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    package let samplesPerPixel: Int
    /// 8 or 16.
    package let bitsAllocated: Int
    package let bitsStored: Int
    package let isSigned: Bool
    package let photometricInterpretation: String
    /// Colour by plane instead of colour by pixel.
    package let isPlanar: Bool
    package let bytesPerFrame: Int

    init(_ description: PixelDescription, isDecoded: Bool, codec: ImagingError.Codec?) {
        rows = description.rows
        columns = description.columns
        samplesPerPixel = description.samplesPerPixel
        bitsAllocated = description.bitsAllocated
        bitsStored = description.bitsStored
        isSigned = description.isSigned
        isPlanar = description.isPlanar && !isDecoded
        photometricInterpretation = Self.photometric(description, codec: codec)
        bytesPerFrame =
            isDecoded
            ? description.rows * description.columns * description.samplesPerPixel * description.bitsAllocated / 8
            : description.bytesPerFrame
    }

    /// The JPEG and JPEG 2000 codecs turn YBR into RGB; the others leave colours as they are.
    private static func photometric(_ description: PixelDescription, codec: ImagingError.Codec?) -> String {
        guard description.photometricInterpretation.hasPrefix("YBR") else {
            return description.photometricInterpretation
        }
        switch codec {
        case .jpeg: return "RGB"
        case .jpeg2000: return description.photometricInterpretation.hasPrefix("YBR_FULL") ? "YBR_FULL" : "RGB"
        default: return description.photometricInterpretation
        }
    }
}

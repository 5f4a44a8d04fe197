import Foundation

/// One frame out of its codec: samples, and how to read them.
struct DecodedFrame {
    /// Colour by pixel, little endian.
    var bytes: [UInt8]
    var description: PixelDescription
    /// What the first sample of a colour pixel is.
    var firstSampleIsLuminance: Bool
}

/// Decodes compressed frames. Every codestream's own header is held against the data set before its codec runs.
struct FrameDecoder {
    let dataSet: DataSet
    let description: PixelDescription
    let syntax: TransferSyntax
    let codec: ImagingError.Codec
    private let fragments: FrameFragments

    init(
        _ dataSet: DataSet, description: PixelDescription, syntax: TransferSyntax, codec: ImagingError.Codec
    ) throws(ImagingError) {
        self.dataSet = dataSet
        self.description = description
        self.syntax = syntax
        self.codec = codec
        fragments = try FrameFragments(dataSet, frames: description.frames)
    }

    /// The compressed bytes of a frame.
    func codestream(_ index: Int) throws(ImagingError) -> Data {
        try dataSet.fragments(fragments.ranges[index])
    }

    func frame(_ index: Int) throws(ImagingError) -> DecodedFrame {
        let codestream = try codestream(index)
        return switch codec {
        case .rle: try rle(codestream, index)
        case .jpeg, .jpegLS: try jpeg(codestream, index)
        case .jpeg2000: try jpeg2000(codestream, index)
        case .png: throw .unsupportedTransferSyntax(uid: syntax.rawValue)
        }
    }

    private var isYBR: Bool { description.photometricInterpretation.hasPrefix("YBR_FULL") }

    private func rle(_ codestream: Data, _ index: Int) throws(ImagingError) -> DecodedFrame {
        let frame = dcmtkFrame(bits: description.bitsAllocated, stored: description.bitsStored)
        let segments = description.samplesPerPixel * description.bitsAllocated / 8
        do {
            try RLESegments.check(codestream, count: segments, length: description.rows * description.columns)
        } catch {
            switch error {
            case .truncated: throw .truncatedCodestream(codec: .rle, frame: index)
            case .header: throw .corruptCodestream(codec: .rle, frame: index)
            }
        }
        return try dcmtk(codestream, .rle, frame, index, luminanceFirst: isYBR)
    }

    private func jpeg(_ codestream: Data, _ index: Int) throws(ImagingError) -> DecodedFrame {
        guard let header = JPEGHeader(codestream) else { throw .corruptCodestream(codec: codec, frame: index) }
        let method = try header.process.method(codec)
        try check(rows: header.rows, columns: header.columns, components: header.components, header.precision)
        guard JPEGHeader.hasEnd(codestream) else { throw .truncatedCodestream(codec: codec, frame: index) }
        let bits = header.precision <= 8 ? 8 : 16
        let frame = dcmtkFrame(bits: bits, stored: header.precision)
        // DCMTK's JPEG codec turns YBR into RGB; JPEG-LS leaves colours as they are.
        return try dcmtk(codestream, method, frame, index, luminanceFirst: isYBR && codec == .jpegLS)
    }

    private func jpeg2000(_ codestream: Data, _ index: Int) throws(ImagingError) -> DecodedFrame {
        do {
            let header = try JPEG2000Codec.header(codestream)
            try check(rows: header.rows, columns: header.columns, components: header.components, header.precision)
            let bytes = try JPEG2000Codec.decode(codestream, header: header)
            return DecodedFrame(
                bytes: bytes, description: description.decoded(bits: 16), firstSampleIsLuminance: isYBR)
        } catch let error as JPEG2000Codec.Failure {
            switch error {
            case .corrupt where !JPEGHeader.hasEnd(codestream):
                throw .truncatedCodestream(codec: .jpeg2000, frame: index)
            case .corrupt: throw .corruptCodestream(codec: .jpeg2000, frame: index)
            case .tooDemanding: throw .unsupportedCodestream(codec: .jpeg2000, feature: "tiles, precincts or layers")
            case .unsupported: throw .unsupportedCodestream(codec: .jpeg2000, feature: "components or precision")
            case .outOfMemory: throw .outOfMemory
            }
        } catch let error as ImagingError {
            throw error
        } catch {
            throw .corruptCodestream(codec: .jpeg2000, frame: index)
        }
    }

    private func check(rows: Int, columns: Int, components: Int, _ precision: Int) throws(ImagingError) {
        let pairs = [
            (Tag.rows, description.rows, rows), (.columns, description.columns, columns),
            (.samplesPerPixel, description.samplesPerPixel, components),
        ]
        for (tag, declared, found) in pairs where declared != found {
            throw .codestreamMismatch(keyword: tag.keyword, declared: declared, found: found)
        }
        guard (1...description.bitsAllocated).contains(precision) else {
            throw .codestreamMismatch(
                keyword: Tag.bitsAllocated.keyword, declared: description.bitsAllocated, found: precision)
        }
    }

    private func dcmtkFrame(bits: Int, stored: Int) -> DCMTKCodec.Frame {
        DCMTKCodec.Frame(
            rows: description.rows, columns: description.columns, samplesPerPixel: description.samplesPerPixel,
            bitsAllocated: bits, bitsStored: stored, isSigned: description.isSigned,
            photometricInterpretation: description.photometricInterpretation)
    }

    private func dcmtk(
        _ codestream: Data, _ method: DCMTKCodec.Method, _ frame: DCMTKCodec.Frame, _ index: Int, luminanceFirst: Bool
    ) throws(ImagingError) -> DecodedFrame {
        do {
            return DecodedFrame(
                bytes: try DCMTKCodec.decode(codestream, method, as: frame),
                description: description.decoded(bits: frame.bitsAllocated), firstSampleIsLuminance: luminanceFirst)
        } catch {
            throw ImagingError(error, codec: codec, frame: index)
        }
    }
}

extension JPEGHeader.Process {
    /// The codestream decides which decoder can read it, not the transfer syntax or the file name that it came with.
    func method(_ codec: ImagingError.Codec) throws(ImagingError) -> DCMTKCodec.Method {
        switch (self, codec) {
        case (.baseline, .jpeg), (.extended, .jpeg), (.lossless, .jpeg): return .jpeg
        case (.jpegLS, .jpegLS): return .jpegLS
        case (.progressive, _): throw .unsupportedCodestream(codec: codec, feature: "progressive")
        default: throw .unsupportedCodestream(codec: codec, feature: "coding process")
        }
    }
}

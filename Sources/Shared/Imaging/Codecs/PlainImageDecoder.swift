import Foundation

/// PNG and JPEG files to images; they have no header worth the name and bright means bright.
enum PlainImageDecoder {
    static func png(_ bytes: Data, limits: ImageLimits) throws(ImagingError) -> DecodedImage {
        let header = try PNGImage.header(bytes)
        try limits.check(rows: header.rows, columns: header.columns, samplesPerPixel: header.channels)
        let samples = try PNGImage.decode(bytes, header: header)
        var steps: [String] = []
        if header.hadPalette { steps.append("palette expanded to RGB") }
        if header.hadAlpha { steps.append("alpha channel dropped") }
        return image(
            samples, rows: header.rows, columns: header.columns, channels: header.channels, bits: header.bits,
            bitsStored: header.storedBits, steps: steps)
    }

    static func jpeg(_ bytes: Data, limits: ImageLimits) throws(ImagingError) -> DecodedImage {
        guard let header = JPEGHeader(bytes) else { throw .corruptCodestream(codec: .jpeg, frame: 0) }
        guard header.rows > 0, header.columns > 0 else { throw .corruptCodestream(codec: .jpeg, frame: 0) }
        try limits.check(rows: header.rows, columns: header.columns)
        guard header.precision > 8 || header.process == .lossless || header.process == .jpegLS else {
            let pixels = try JPEGCodec.luminance(bytes, count: header.rows * header.columns)
            let steps = header.components > 1 ? [Luminance.step] : []
            return image(
                pixels, rows: header.rows, columns: header.columns, channels: 1, bits: 8, bitsStored: 8, steps: steps)
        }
        return try deepJPEG(bytes, header)
    }

    /// 12- and 16-bit and lossless files, which libjpeg does not read and DCMTK does.
    private static func deepJPEG(_ bytes: Data, _ header: JPEGHeader) throws(ImagingError) -> DecodedImage {
        let method = try header.process.method(header.process == .jpegLS ? .jpegLS : .jpeg)
        guard header.components == 1 else {
            throw .unsupportedCodestream(codec: .jpeg, feature: "colour with more than 8 bits or lossless")
        }
        guard (2...16).contains(header.precision), JPEGHeader.hasEnd(bytes) else {
            throw .truncatedCodestream(codec: .jpeg, frame: 0)
        }
        let frame = DCMTKCodec.Frame(
            rows: header.rows, columns: header.columns, samplesPerPixel: 1,
            bitsAllocated: header.precision <= 8 ? 8 : 16, bitsStored: header.precision, isSigned: false,
            photometricInterpretation: "MONOCHROME2")
        let samples: [UInt8]
        do {
            samples = try DCMTKCodec.decode(bytes, method, as: frame)
        } catch {
            throw ImagingError(error, codec: .jpeg, frame: 0)
        }
        return image(
            samples, rows: header.rows, columns: header.columns, channels: 1, bits: frame.bitsAllocated,
            bitsStored: header.precision, steps: [])
    }

    private static func image(
        _ samples: [UInt8], rows: Int, columns: Int, channels: Int, bits: Int, bitsStored: Int, steps: [String]
    ) -> DecodedImage {
        let content: PixelRows =
            if channels == 1, rows * columns > DICOMImageDecoder.few {
                .words(Data(samples), values: (0..<(1 << bits)).map { Float($0) })
            } else {
                .numbers(luminance(samples, count: rows * columns, channels: channels, bits: bits))
            }
        return DecodedImage(
            rows: rows, columns: columns, frames: 1, content: content, padded: nil, bitsStored: bitsStored,
            photometricInterpretation: "MONOCHROME2", metadata: nil,
            appliedSteps: steps + (channels > 1 ? [Luminance.step] : []),
            voi: nil, isInverted: false)
    }

    private static func luminance(_ samples: [UInt8], count: Int, channels: Int, bits: Int) -> [Float] {
        let layout = Luminance.Layout(stride: channels, plane: channels > 1 ? 1 : nil)
        return [Float](unsafeUninitializedCapacity: count) { out, initialized in
            out.initialize(repeating: 0)
            samples.withUnsafeBytes { bytes in
                Luminance.convert(bytes, bits: bits, mask: (1 << bits) - 1, layout: layout, into: out)
            }
            initialized = count
        }
    }
}

import Foundation

extension DataSet {
    /// Replaces compressed pixel data by what it decodes to: samples as they are stored, colour by pixel. The data set
    /// is one of Explicit VR Little Endian then. Does nothing where pixel data is not compressed.
    ///
    /// - Throws: `ImagingError` where a frame cannot be decoded or exceeds `limits`; nothing has changed then.
    package func uncompressPixelData(limits: ImageLimits = .standard) throws(ImagingError) {
        guard !fragmentSizes.isEmpty, let uid = transferSyntaxUID else { return }
        guard let syntax = TransferSyntax(rawValue: uid), let codec = syntax.codec else {
            throw .unsupportedTransferSyntax(uid: uid)
        }
        let description = try PixelDescription(self, limits: limits)
        let decoder = try FrameDecoder(self, description: description, syntax: syntax, codec: codec)
        var pixels = Data()
        var isLuminance = false
        for index in 0..<description.frames {
            let frame = try decoder.frame(index)
            pixels.append(contentsOf: frame.samples(bitsAllocated: description.bitsAllocated))
            isLuminance = frame.firstSampleIsLuminance
        }
        if pixels.count % 2 == 1 { pixels.append(0) }
        remove(.pixelData)
        try set(.pixelData, bytes: pixels, vr: description.bitsAllocated > 8 ? "OW" : "OB")
        guard description.samplesPerPixel > 1 else { return }
        try set(.photometricInterpretation, isLuminance ? "YBR_FULL" : "RGB")
        try set(.planarConfiguration, 0)
    }
}

extension DecodedFrame {
    /// The samples in the size that the data set declares.
    fileprivate func samples(bitsAllocated: Int) -> [UInt8] {
        switch (description.bitsAllocated, bitsAllocated) {
        case (16, 8): stride(from: 0, to: bytes.count - 1, by: 2).map { bytes[$0] }
        case (8, 16): bytes.flatMap { [$0, 0] }
        default: bytes
        }
    }
}

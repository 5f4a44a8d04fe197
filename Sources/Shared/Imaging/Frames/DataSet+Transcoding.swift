package import Foundation

extension DataSet {
    /// The file in another transfer syntax without compression: explicit or implicit VR, little endian.
    ///
    /// Compressed pixel data is decoded; nothing else of the data set changes but what describes the samples.
    ///
    /// - Parameter maximumBytes: of the decoded pixel data.
    /// - Throws: `ImagingError` where a frame cannot be decoded, `.limitExceeded` where all together are too large.
    package func transcoded(
        to syntax: TransferSyntax, maximumBytes: Int = 256 << 20
    ) throws(ImagingError) -> Data {
        guard let stored = transferSyntaxUID.flatMap(TransferSyntax.init) else {
            throw .unsupportedTransferSyntax(uid: DefinedTerm.printable(transferSyntaxUID ?? ""))
        }
        guard stored.codec != nil, contains(.pixelData) else { return try serialised(as: syntax) }
        let reader = try FrameReader(self)
        let layout = reader.layout
        let size = layout.bytesPerFrame * reader.frameCount
        guard size <= maximumBytes else {
            throw .limitExceeded(what: "bytes of decoded pixel data", found: size, limit: maximumBytes)
        }
        var pixels = Data(capacity: size + 1)
        for frame in 0..<reader.frameCount { pixels.append(try reader.native(frame)) }
        if pixels.count % 2 == 1 { pixels.append(0) }
        let result = try DataSet()
        for tag in tags where tag != .pixelData { try result.copy(tag, from: self) }
        try result.set(.photometricInterpretation, layout.photometricInterpretation)
        if layout.samplesPerPixel > 1 { try result.set(.planarConfiguration, 0) }
        // An 8-bit sample is a byte also where the value representation is OW (PS3.5 §8.1.1).
        try result.set(.pixelData, bytes: pixels, vr: layout.bitsAllocated == 8 ? "OB" : "OW")
        return try result.serialised(as: syntax)
    }
}

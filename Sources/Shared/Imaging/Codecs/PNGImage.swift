import CPNG
package import Foundation

/// PNG files in and out, by libpng.
package enum PNGImage {
    struct Header: Equatable {
        var rows: Int
        var columns: Int
        /// 1 grey, 3 RGB.
        var channels: Int
        /// Of the decoded samples: 8 or 16.
        var bits: Int
        /// Of the file's samples: 1 to 16.
        var storedBits: Int
        var hadAlpha: Bool
        var hadPalette: Bool
    }

    /// Encodes 8-bit grey pixels, row by row.
    package static func encode(grey pixels: [UInt8], rows: Int, columns: Int) throws(ImagingError) -> Data {
        try encode(UnsafeSamples(pixels), rows: rows, columns: columns, channels: 1)
    }

    /// Encodes 8-bit RGB pixels, three samples each, row by row.
    package static func encode(rgb pixels: [UInt8], rows: Int, columns: Int) throws(ImagingError) -> Data {
        try encode(UnsafeSamples(pixels), rows: rows, columns: columns, channels: 3)
    }

    /// Encodes 16-bit grey pixels, row by row.
    package static func encode(grey pixels: [UInt16], rows: Int, columns: Int) throws(ImagingError) -> Data {
        try encode(UnsafeSamples(pixels), rows: rows, columns: columns, channels: 1)
    }

    static func header(_ bytes: Data) throws(ImagingError) -> Header {
        var info = png_shim_info()
        let status = bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return PNG_SHIM_TRUNCATED }
            return png_shim_read_info(base.assumingMemoryBound(to: UInt8.self), buffer.count, &info)
        }
        try check(status)
        return Header(
            rows: Int(info.rows), columns: Int(info.columns), channels: Int(info.channels), bits: Int(info.bit_depth),
            storedBits: Int(info.stored_depth), hadAlpha: info.had_alpha != 0, hadPalette: info.had_palette != 0)
    }

    /// - Returns: samples by pixel, 16-bit ones in host order.
    static func decode(_ bytes: Data, header: Header) throws(ImagingError) -> [UInt8] {
        var status = PNG_SHIM_CORRUPT
        let size = header.rows * header.columns * header.channels * header.bits / 8
        let samples = [UInt8](unsafeUninitializedCapacity: size) { out, count in
            out.initialize(repeating: 0)
            bytes.withUnsafeBytes { buffer in
                guard let base = buffer.baseAddress, let target = out.baseAddress else { return }
                status = png_shim_decode(base.assumingMemoryBound(to: UInt8.self), buffer.count, target, size)
            }
            count = size
        }
        try check(status)
        return samples
    }

    private static func check(_ status: png_shim_status) throws(ImagingError) {
        switch status {
        case PNG_SHIM_OK: return
        case PNG_SHIM_TRUNCATED: throw .truncatedCodestream(codec: .png, frame: 0)
        case PNG_SHIM_NO_MEMORY: throw .outOfMemory
        default: throw .corruptCodestream(codec: .png, frame: 0)
        }
    }

    /// Samples as bytes, with their width.
    private struct UnsafeSamples {
        let bits: UInt32
        let count: Int
        let withBytes: ((UnsafeRawBufferPointer) -> Void) -> Void

        init<Sample: FixedWidthInteger>(_ samples: [Sample]) {
            bits = UInt32(Sample.bitWidth)
            count = samples.count
            withBytes = { body in samples.withUnsafeBytes(body) }
        }
    }

    private static func encode(
        _ samples: UnsafeSamples, rows: Int, columns: Int, channels: Int
    ) throws(ImagingError) -> Data {
        precondition(rows > 0 && columns > 0 && samples.count == rows * columns * channels)
        var png: UnsafeMutablePointer<UInt8>?
        var count = 0
        var status = PNG_SHIM_CORRUPT
        samples.withBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            status = png_shim_encode(
                base, UInt32(rows), UInt32(columns), UInt32(channels), samples.bits, &png, &count)
        }
        try check(status)
        guard let png else { throw .outOfMemory }
        return Data(bytesNoCopy: png, count: count, deallocator: .free)
    }
}

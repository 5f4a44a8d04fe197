import CJPEG
package import Foundation

/// 8-bit JPEG files in and out, by libjpeg.
package enum JPEGCodec {
    /// Encodes 8-bit pixels, by pixel, row by row, as JFIF.
    ///
    /// - Parameters:
    ///   - channels: 1 grey, 3 RGB.
    ///   - quality: 1…100.
    package static func encode(
        _ pixels: [UInt8], rows: Int, columns: Int, channels: Int, quality: Int
    ) throws(ImagingError) -> Data {
        precondition(rows > 0 && columns > 0 && pixels.count == rows * columns * channels)
        var jpeg: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = jpeg_shim_encode(
            pixels, UInt32(rows), UInt32(columns), UInt32(channels), Int32(quality), &jpeg, &count)
        guard status == JPEG_SHIM_OK, let jpeg else { throw .outOfMemory }
        return Data(bytesNoCopy: jpeg, count: count, deallocator: .free)
    }

    /// - Returns: luminance, one byte a pixel; `count` is the rows · columns of the header.
    static func luminance(_ bytes: Data, count size: Int) throws(ImagingError) -> [UInt8] {
        var status = JPEG_SHIM_CORRUPT
        let pixels = [UInt8](unsafeUninitializedCapacity: size) { out, count in
            out.initialize(repeating: 0)
            bytes.withUnsafeBytes { buffer in
                guard let base = buffer.baseAddress, let target = out.baseAddress else { return }
                status = jpeg_shim_decode_luminance(
                    base.assumingMemoryBound(to: UInt8.self), buffer.count, target, size)
            }
            count = size
        }
        switch status {
        case JPEG_SHIM_OK: return pixels
        case JPEG_SHIM_TRUNCATED: throw .truncatedCodestream(codec: .jpeg, frame: 0)
        case JPEG_SHIM_TOO_MANY_SCANS: throw .unsupportedCodestream(codec: .jpeg, feature: "more than 64 scans")
        case JPEG_SHIM_UNSUPPORTED: throw .unsupportedCodestream(codec: .jpeg, feature: "CMYK")
        case JPEG_SHIM_NO_MEMORY: throw .outOfMemory
        default: throw .corruptCodestream(codec: .jpeg, frame: 0)
        }
    }
}

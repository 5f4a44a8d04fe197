import CJPEG
import Foundation

/// 8-bit JPEG files, decoded by libjpeg.
enum JPEGCodec {
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

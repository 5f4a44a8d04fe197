import COpenJPEG
import Foundation

/// JPEG 2000 frames, decoded by OpenJPEG.
enum JPEG2000Codec {
    struct Header: Equatable {
        var rows: Int
        var columns: Int
        var components: Int
        /// Bits of a sample.
        var precision: Int
    }

    enum Failure: Error { case corrupt, tooDemanding, unsupported, outOfMemory }

    /// The size that the codestream itself declares.
    static func header(_ codestream: Data) throws(Failure) -> Header {
        let info = try info(codestream)
        return Header(
            rows: Int(info.rows), columns: Int(info.columns), components: Int(info.components),
            precision: Int(info.precision))
    }

    /// - Returns: 16-bit little endian patterns, colour by pixel; `header` has to be the codestream's own.
    static func decode(_ codestream: Data, header: Header) throws(Failure) -> [UInt8] {
        var info = try info(codestream)
        let samples = header.rows * header.columns * header.components
        var status = J2K_CORRUPT
        let bytes = [UInt8](unsafeUninitializedCapacity: 2 * samples) { out, count in
            out.initialize(repeating: 0)
            UnsafeMutableRawBufferPointer(out).withMemoryRebound(to: UInt16.self) { words in
                codestream.withUnsafeBytes { buffer in
                    guard let base = buffer.baseAddress, let target = words.baseAddress else { return }
                    let bytes = base.assumingMemoryBound(to: UInt8.self)
                    status = j2k_decode(bytes, buffer.count, &info, target, samples)
                }
            }
            count = out.count
        }
        guard status == J2K_OK else { throw Failure(status) }
        return bytes
    }

    private static func info(_ codestream: Data) throws(Failure) -> j2k_info {
        var info = j2k_info()
        let status = codestream.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return J2K_CORRUPT }
            return j2k_read_info(base.assumingMemoryBound(to: UInt8.self), buffer.count, &info)
        }
        guard status == J2K_OK else { throw Failure(status) }
        return info
    }
}

extension JPEG2000Codec.Failure {
    fileprivate init(_ status: j2k_status) {
        switch status {
        case J2K_TOO_LARGE: self = .tooDemanding
        case J2K_UNSUPPORTED: self = .unsupported
        case J2K_NO_MEMORY: self = .outOfMemory
        default: self = .corrupt
        }
    }
}

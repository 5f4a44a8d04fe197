import CZlib
package import Foundation

/// gzip (RFC 1952) in both directions, whole bodies, bounded; inflates zlib's form (RFC 1950) too.
package enum Gzip {
    /// What is around the deflated bytes.
    package enum Wrapping: Sendable {
        case gzip
        /// `deflate` in HTTP (RFC 9110 §8.4.1.2).
        case zlib
    }

    /// Why bytes cannot be inflated.
    package enum Failure: Error, Equatable, Sendable {
        case notGzip
        /// The inflated form has more than `limit` bytes.
        case tooLarge(limit: Int)
        case outOfMemory
    }

    /// - Parameter limit: of the result in bytes; no more than that is ever inflated.
    package static func inflate(
        _ compressed: Data, limit: Int, _ wrapping: Wrapping = .gzip
    ) throws(Failure) -> Data {
        let stream = zlib_inflate_create(wrapping == .gzip ? ZLIB_GZIP : ZLIB_ZLIB)
        guard let stream else { throw .outOfMemory }
        defer { zlib_free(stream) }
        return try run(stream, compressed, limit: limit)
    }

    package static func deflate(_ plain: Data, level: Int = 1) throws(Failure) -> Data {
        guard let stream = zlib_deflate_create(ZLIB_GZIP, Int32(level)) else { throw .outOfMemory }
        defer { zlib_free(stream) }
        return try run(stream, plain, limit: .max)
    }

    private static func run(_ stream: OpaquePointer, _ input: Data, limit: Int) throws(Failure) -> Data {
        var result = Data()
        var step = [UInt8](repeating: 0, count: 64 << 10)
        var position = 0
        while true {
            var used = 0
            var written = 0
            let status = input.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
                return zlib_process(
                    stream, rest.bindMemory(to: UInt8.self).baseAddress, rest.count, &used, &step, step.count, &written,
                    true)
            }
            position += used
            guard written <= limit - result.count else { throw .tooLarge(limit: limit) }
            result.append(contentsOf: step[..<written])
            switch status {
            case ZLIB_END:
                guard position == input.count else { throw .notGzip }
                return result
            case ZLIB_MORE:
                // Neither input taken nor output made: the stream is cut off.
                guard used > 0 || written > 0 else { throw .notGzip }
            case ZLIB_NO_MEMORY: throw .outOfMemory
            default: throw .notGzip
            }
        }
    }
}

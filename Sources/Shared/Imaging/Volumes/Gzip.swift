import CZlib
package import Foundation

/// Gzip files in memory, with a bound on what they unpack to.
package enum Gzip {
    /// Whether bytes start like a gzip file (RFC 1952 §2.3.1).
    package static func isGzip(_ bytes: Data) -> Bool { bytes.starts(with: [0x1f, 0x8b]) }

    /// - Throws: `NIfTIError.damagedGzip`, `.tooLarge` when more than `limit` bytes would come out.
    package static func unpack(_ bytes: Data, limit: Int) throws(NIfTIError) -> Data {
        guard let stream = zlib_inflate_create(ZLIB_GZIP) else { throw .tooLarge(limit: limit) }
        defer { zlib_free(stream) }
        return try run(stream, over: bytes, limit: limit)
    }

    /// - Throws: `NIfTIError.tooLarge` when memory is short.
    package static func pack(_ bytes: Data) throws(NIfTIError) -> Data {
        let bound = bytes.count + bytes.count / 1000 + 1024
        guard let stream = zlib_deflate_create(ZLIB_GZIP, 6) else { throw .tooLarge(limit: bound) }
        defer { zlib_free(stream) }
        return try run(stream, over: bytes, limit: bound)
    }

    private static func run(_ stream: OpaquePointer, over bytes: Data, limit: Int) throws(NIfTIError) -> Data {
        var output = Data()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var offset = 0
        var failure: NIfTIError?
        bytes.withUnsafeBytes { (input: UnsafeRawBufferPointer) in
            let base = input.bindMemory(to: UInt8.self).baseAddress
            while true {
                var used = 0
                var written = 0
                let status = zlib_process(
                    stream, base?.advanced(by: offset), input.count - offset, &used, &chunk, chunk.count, &written,
                    true)
                offset += used
                output.append(contentsOf: chunk.prefix(written))
                if output.count > limit { failure = .tooLarge(limit: limit) }
                if status == ZLIB_BAD_DATA || status == ZLIB_MORE && used == 0 && written == 0 {
                    failure = failure ?? .damagedGzip
                }
                if status == ZLIB_NO_MEMORY { failure = .tooLarge(limit: limit) }
                if status == ZLIB_END || failure != nil { return }
            }
        }
        if let failure { throw failure }
        return output
    }
}

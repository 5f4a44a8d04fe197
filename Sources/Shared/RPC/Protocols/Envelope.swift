package import Foundation

/// A message with the five bytes before it: flags and the length, big-endian (grpc/grpc doc/PROTOCOL-HTTP2.md,
/// "Length-Prefixed-Message"; connectrpc.com/docs/protocol, "Enveloped-Message").
package enum Envelope {
    static let headerCount = 5
    /// The flag of a message that is compressed as the headers say.
    static let compressed: UInt8 = 1

    package static func encode(_ message: Data, flags: UInt8 = 0) -> Data {
        let length = UInt32(message.count)
        var envelope = Data(count: headerCount + message.count)
        envelope.withUnsafeMutableBytes { bytes in
            bytes[0] = flags
            bytes.storeBytes(of: length.bigEndian, toByteOffset: 1, as: UInt32.self)
            message.withUnsafeBytes { bytes[headerCount...].copyBytes(from: $0) }
        }
        return envelope
    }

    /// The envelope of a message that is compressed where that pays.
    static func encode(_ message: Data, _ compression: Compression) -> Data {
        guard let packed = compression.compress(message) else { return encode(message) }
        return encode(packed, flags: compressed)
    }

    /// Takes messages out of bytes that are cut anywhere.
    package struct Reader {
        private let compression: Compression
        private let limit: Int
        private var pending = Data()

        /// - Parameter limit: of one message in bytes, after decompression.
        package init(compression: Compression, limit: Int) {
            self.compression = compression
            self.limit = limit
        }

        /// Whether no byte is left over.
        package var isEmpty: Bool { pending.isEmpty }

        /// Bytes whose memory is held, those of messages before included.
        package var retainedCount: Int { pending.endIndex }

        package mutating func append(_ bytes: Data) {
            if pending.isEmpty {
                pending = bytes
            } else {
                // A slice keeps the memory of what was before it: without this a long stream would never let it go.
                if pending.startIndex > 0 { pending = Data(pending) }
                pending.append(bytes)
            }
        }

        /// The next message; nil where more bytes are needed. A message that came in one piece is not copied.
        ///
        /// - Throws: `resourceExhausted` past the limit, as soon as the length says so; `internal` for an envelope
        ///   that is none, or compressed where nothing was said of compression.
        package mutating func next() throws(RPCStatus) -> Data? {
            guard pending.count >= headerCount else { return nil }
            let (flags, length) = pending.withUnsafeBytes { bytes in
                (bytes[0], Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self))))
            }
            guard flags <= compressed else { throw RPCStatus(.internal, "a message with unknown flags") }
            guard flags == 0 || compression != .identity else {
                throw RPCStatus(.internal, "a compressed message, and no header names the compression")
            }
            guard length <= limit else { throw RPCStatus(tooLargeFor: limit) }
            guard pending.count - headerCount >= length else { return nil }
            let message = pending.dropFirst(headerCount).prefix(length)
            pending = pending.dropFirst(headerCount + length)
            return flags == 0 ? message : try compression.decompress(message, limit: limit)
        }
    }
}

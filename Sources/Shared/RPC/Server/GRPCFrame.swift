import Foundation

/// A message with the five bytes before it: a flag and the length, big-endian. Connect's streams use it too.
enum GRPCFrame {
    static let headerCount = 5

    static func encode(_ message: Data) -> Data {
        var frame = Data(capacity: headerCount + message.count)
        frame.append(0)
        withUnsafeBytes(of: UInt32(message.count).bigEndian) { frame.append(contentsOf: $0) }
        frame.append(message)
        return frame
    }

    /// Takes messages out of bytes that are cut anywhere.
    struct Reader {
        private let compression: Compression
        private let limit: Int
        private var pending = Data()

        /// - Parameter limit: of one message in bytes, after decompression.
        init(compression: Compression, limit: Int) {
            self.compression = compression
            self.limit = limit
        }

        /// Whether no byte is left over.
        var isEmpty: Bool { pending.isEmpty }

        mutating func append(_ bytes: Data) {
            if pending.isEmpty { pending = bytes } else { pending.append(bytes) }
        }

        /// The next message; nil where more bytes are needed. A message that came in one piece is not copied.
        ///
        /// - Throws: `resourceExhausted` past the limit, as soon as the length says so; `internal` for a frame that
        ///   is none, or compressed where nothing was said of compression.
        mutating func next() throws(RPCStatus) -> Data? {
            guard pending.count >= headerCount else { return nil }
            let header = pending.prefix(headerCount)
            let length = header.dropFirst().reduce(0) { $0 << 8 | Int($1) }
            guard length <= limit else { throw RPCStatus(tooLargeFor: limit) }
            guard let flag = header.first, flag <= 1 else { throw RPCStatus(.internal, "a message with unknown flags") }
            guard flag == 0 || compression != .identity else {
                throw RPCStatus(.internal, "a compressed message without grpc-encoding")
            }
            guard pending.count - headerCount >= length else { return nil }
            let message = pending.dropFirst(headerCount).prefix(length)
            pending = pending.dropFirst(headerCount + length)
            return flag == 0 ? message : try compression.decompress(message, limit: limit)
        }
    }
}

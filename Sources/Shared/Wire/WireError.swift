/// Why bytes are not a message, or a message cannot be written.
package enum WireError: Error, Equatable, Sendable {
    /// The bytes are not the binary form of this message (truncated, a wrong wire type, a bad varint, …).
    case malformed(message: String)
    /// A `string` field holds bytes that are not UTF-8; `field` is its dotted name.
    case invalidUTF8(field: String)
    /// Reading would take more than `limit` bytes of memory, or the written form would have more.
    case tooLarge(message: String, limit: Int)
    /// The text is not JSON (RFC 8259); `offset` counts bytes from 0.
    case invalidJSON(offset: Int, reason: String)
    /// The JSON value of `field` (a dotted name) is not what its type asks for; `offset` counts bytes from 0.
    case unexpectedJSON(field: String, expected: String, offset: Int)
    /// Values are nested deeper than `limit`.
    case tooDeep(limit: Int)
}

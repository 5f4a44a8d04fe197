/// Why bytes are no multipart message (RFC 2046 §5.1).
package enum MultipartError: Error, Equatable, Sendable {
    /// The boundary is missing, longer than 70 characters, or has a character that it may not have.
    case boundary
    /// No part begins within the bytes that may come before the first one.
    case noPart(limit: Int)
    /// The fields of one part are longer than `limit` bytes, or have no end.
    case fieldsTooLong(limit: Int)
    /// A line of a part's fields is none.
    case malformedField
    /// One part has more than `limit` bytes.
    case partTooLong(limit: Int)
    /// More than `limit` parts.
    case tooManyParts(limit: Int)
    /// The message ends before its closing boundary.
    case truncated
}

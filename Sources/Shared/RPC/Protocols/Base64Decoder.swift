package import Foundation
package import HTTP

/// Takes bytes out of base64 (RFC 4648 §4) that is cut anywhere and may be padded wherever its writer flushed, as in
/// gRPC-Web's text form.
package struct Base64Decoder {
    private static let padding = UInt8(ascii: "=")
    private static let values: [UInt8?] = {
        var values = [UInt8?](repeating: nil, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    private var bits: UInt32 = 0
    /// Characters of the group of four that is under way.
    private var count = 0
    private var paddingCount = 0

    package init() {}

    /// Whether no group is under way.
    package var isAtBoundary: Bool { count == 0 }

    /// - Throws: `malformed` for what is not base64.
    package mutating func decode(_ text: Data) throws(HTTPError) -> Data {
        var result = Data(capacity: text.count / 4 * 3 + 3)
        for character in text { try take(character, into: &result) }
        return result
    }

    private mutating func take(_ character: UInt8, into result: inout Data) throws(HTTPError) {
        if character == Self.padding, count >= 2 {
            paddingCount += 1
            bits <<= 6
        } else if let value = Self.values[Int(character)], paddingCount == 0 {
            bits = bits << 6 | UInt32(value)
        } else {
            throw .malformed(reason: "not base64")
        }
        count += 1
        guard count == 4 else { return }
        result.append(UInt8(truncatingIfNeeded: bits >> 16))
        if paddingCount < 2 { result.append(UInt8(truncatingIfNeeded: bits >> 8)) }
        if paddingCount < 1 { result.append(UInt8(truncatingIfNeeded: bits)) }
        (bits, count, paddingCount) = (0, 0, 0)
    }
}

extension HTTPBody {
    /// The bytes behind a body of base64, pulled as they come.
    static func base64Decoded(_ text: HTTPBody) -> HTTPBody {
        .pulled {
            var chunks = text.makeAsyncIterator()
            var decoder = Base64Decoder()
            return {
                guard let chunk = try await chunks.next() else {
                    guard decoder.isAtBoundary else { throw HTTPError.malformed(reason: "base64 ends within a group") }
                    return nil
                }
                return try decoder.decode(chunk)
            }
        }
    }
}

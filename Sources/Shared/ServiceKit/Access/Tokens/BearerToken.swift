import Foundation
package import RPC

/// A token as a caller shows it.
package enum BearerToken {
    private static let maxBytes = 16 << 10

    /// The first word of a file; nil where there is none.
    package static func read(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= maxBytes else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        return text.split(whereSeparator: \.isWhitespace).first.map(String.init)
    }

    /// The metadata of a call that shows `token` (RFC 6750 §2.1).
    package static func metadata(_ token: String) -> Metadata {
        ["authorization": "Bearer \(token)"]
    }
}

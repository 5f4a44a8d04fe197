package import Foundation
package import HTTP

/// The framing of a multipart message that we send.
package struct MultipartWriter: Sendable {
    package let boundary: String

    /// A boundary of 122 random bits, which no part contains.
    package init() {
        boundary = "hilum-" + UUID().uuidString
    }

    /// The content type of the whole.
    ///
    /// - Parameter type: of the parts.
    package func contentType(_ type: ContentType) -> String {
        "multipart/related; type=\"\(type.essence)\"; boundary=\(boundary)"
    }

    /// What stands before the content of a part.
    package func head(_ fields: HTTPFields) -> Data {
        let lines = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        return Data("\r\n--\(boundary)\r\n\(lines)\r\n".utf8)
    }

    /// What stands at the end.
    package var tail: Data { Data("\r\n--\(boundary)--\r\n".utf8) }
}

import Foundation

/// One answer. `content-length`, `transfer-encoding`, `connection` and `date` are the server's to set.
package struct HTTPResponse: Sendable {
    /// Fields that follow the body.
    package enum Trailers: Sendable {
        case none
        case fields(HTTPFields)
        /// Asked once the body has ended; for a status known only then.
        case afterBody(@Sendable () async -> HTTPFields)
    }

    /// 200…599.
    package var status: Int
    package var fields: HTTPFields
    package var body: HTTPBody
    /// Sent over HTTP/2, and over HTTP/1.1 where the body is chunked.
    package var trailers: Trailers

    package init(
        status: Int, fields: HTTPFields = [:], body: HTTPBody = .empty, trailers: Trailers = .none
    ) {
        self.status = status
        self.fields = fields
        self.body = body
        self.trailers = trailers
    }

    /// An answer of one line of plain text.
    package static func text(_ status: Int, _ text: String, fields: HTTPFields = [:]) -> HTTPResponse {
        var fields = fields
        fields["content-type"] = "text/plain; charset=utf-8"
        return HTTPResponse(status: status, fields: fields, body: .data(Data(text.utf8)))
    }
}

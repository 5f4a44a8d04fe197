import Foundation
import HTTP
import RPC
import ServiceKit
import Wire

extension HTTPResponse {
    /// JSON that no cache keeps.
    static func pageJSON(_ value: some Encodable, to request: HTTPRequest) throws -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .page(200, "application/json", try encoder.encode(value), to: request)
    }

    /// An error with code and message as Connect's JSON has them, and what the reader can do.
    static func pageError(_ error: any Error, to request: HTTPRequest) -> HTTPResponse {
        let status = RPCStatus(mapping: error)
        let body = PageError(
            code: status.code.connectName, message: status.message, remedy: status.errorInfo?.remedy ?? "")
        let bytes = (try? JSONEncoder().encode(body)) ?? Data()
        return .page(status.httpStatus, "application/json", bytes, to: request)
    }

    private struct PageError: Encodable {
        let code: String
        let message: String
        let remedy: String
    }

    private static func page(
        _ status: Int, _ mediaType: String, _ body: Data, to request: HTTPRequest
    ) -> HTTPResponse {
        var fields = PageSecurity.fields(over: request)
        fields["content-type"] = mediaType
        fields["cache-control"] = "no-store"
        return HTTPResponse(status: status, fields: fields, body: .data(body))
    }
}

import Foundation
import HTTP

/// A protocol of calls over HTTP: turns the headers, envelopes, time-outs and errors of a request into the internal
/// form (`CallHead`, messages, `RPCStatus`), and the answer of a method back.
///
/// Each conforming type is one protocol in one file, made anew for each request.
protocol ServerProtocol: Sendable {
    /// The protocol's name in logs.
    static var transport: CallContext.Transport { get }
    /// The code of a request that is no message.
    static var undecodable: RPCStatus.Code { get }

    /// Reads the headers.
    ///
    /// - Throws: `RPCStatus`, or `HTTPRefusal` where the request is not of this protocol.
    func head(of method: RegisteredMethod) throws -> CallHead
    /// Runs the call and says how it ended.
    func respond(to call: ServerCall) async -> HTTPResponse
    /// The answer to a call that no method saw, or that failed before its first message.
    func failure(_ status: RPCStatus, _ metadata: ResponseMetadata) -> HTTPResponse
}

/// What a protocol has read in the headers of a call.
struct CallHead: Sendable {
    let codec: Codec
    /// As the caller says it; nil: no end.
    let timeout: Duration?
    /// Of the messages that come in, where they are marked so.
    let requestCompression: Compression
    /// Of the messages that go out, where it pays.
    let responseCompression: Compression
}

/// A refusal in words of HTTP rather than of calls.
struct HTTPRefusal: Error {
    let response: HTTPResponse

    /// The request has a method of HTTP that is not among `allowed`.
    static func verb(allowed: String) -> HTTPRefusal {
        HTTPRefusal(response: .text(405, "the method takes \(allowed)\n", fields: ["allow": allowed]))
    }

    /// The request's media type is not among `accepted`.
    static func mediaType(accepted: String) -> HTTPRefusal {
        HTTPRefusal(
            response: .text(415, "the media type is none of \(accepted)\n", fields: ["accept-post": accepted]))
    }
}

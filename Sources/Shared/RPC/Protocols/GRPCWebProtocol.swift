import Foundation
import HTTP

/// gRPC-Web over HTTP/1.1 and 2 (grpc/grpc doc/PROTOCOL-WEB.md): gRPC for browsers, which cannot see trailers. They
/// follow the messages in an envelope of their own; the text form has the whole body in base64.
struct GRPCWebProtocol: EnvelopedProtocol {
    static let transport = CallContext.Transport.grpcWeb
    static let undecodable = RPCStatus.Code.internal
    /// The flag of the envelope that holds the trailers.
    private static let trailersFlag: UInt8 = 0x80

    let limits: RPCLimits
    let body: HTTPBody
    private let requestFields: HTTPFields
    private let codec: Codec
    private let answersText: Bool
    private let contentType: String

    /// - Throws: 405 or 415 for what cannot be gRPC-Web.
    init(_ request: HTTPRequest, _ type: MediaType, _ limits: RPCLimits) throws(HTTPRefusal) {
        guard request.method == "POST" else { throw .verb(allowed: "POST") }
        guard let form = Self.forms[type.essence] else { throw .mediaType(accepted: Self.accepted) }
        self.limits = limits
        codec = form.codec
        requestFields = request.fields
        body = form.isText ? .base64Decoded(request.body) : request.body
        // A caller may ask for text although it sends bytes.
        let wantsText = MediaType(request.fields["accept"] ?? "").isGRPCWebText
        answersText = form.isText || wantsText
        contentType =
            answersText == form.isText ? type.essence : "application/grpc-web-text+\(form.codec.rawValue)"
    }

    private static let forms: [String: (codec: Codec, isText: Bool)] = [
        "application/grpc-web": (.proto, false), "application/grpc-web+proto": (.proto, false),
        "application/grpc-web+json": (.json, false), "application/grpc-web-text": (.proto, true),
        "application/grpc-web-text+proto": (.proto, true), "application/grpc-web-text+json": (.json, true),
    ]
    private static let accepted =
        "application/grpc-web, application/grpc-web+proto, application/grpc-web+json, application/grpc-web-text"

    func head(of method: RegisteredMethod) throws -> CallHead {
        try GRPCFields.head(requestFields, codec)
    }

    func fields(_ leading: Metadata, compression: Compression) -> HTTPFields {
        GRPCFields.response(contentType, leading, compression)
    }

    func end(_ status: RPCStatus, _ trailing: Metadata) -> AnswerEnd {
        var text = ""
        for field in GRPCFields.trailers(status, trailing) where field.isSendable {
            text += "\(field.name): \(field.value)\r\n"
        }
        return .envelope(Envelope.encode(Data(text.utf8), flags: Self.trailersFlag))
    }

    func wireForm(_ envelopes: Data) -> Data {
        answersText ? envelopes.base64EncodedData() : envelopes
    }
}

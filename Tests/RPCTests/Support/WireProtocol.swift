import Foundation
import HTTP
import RPC
import Testing
import Wire

/// A client of each protocol and codec, without a socket: makes the request and reads the answer as the protocols'
/// documents say.
enum WireProtocol: CaseIterable, CustomTestStringConvertible {
    case grpc, grpcJSON, web, webJSON, webText, connect, connectJSON

    /// How a call ended, whichever the protocol.
    struct Outcome {
        var httpStatus = 0
        var fields = HTTPFields()
        var messages: [Text] = []
        /// Of the envelopes that hold messages.
        var flags: [UInt8] = []
        var code: RPCStatus.Code?
        var message: String?
        var hasDetails = false
        /// Trailing metadata, in the form of fields.
        var trailing = HTTPFields()
    }

    /// What a request says besides its messages.
    struct Options {
        var fields = HTTPFields()
        var version = HTTPVersion.http2
        /// Names a compression, and uses it where it is gzip.
        var compression: String?
        var acceptsGzip = false
        /// Cuts the body into pieces of so many bytes.
        var cuts = 0
        /// Milliseconds.
        var timeout: Int?
    }

    var testDescription: String { contentType(isUnary: false) }
    var isConnect: Bool { self == .connect || self == .connectJSON }
    var isJSON: Bool { self == .grpcJSON || self == .webJSON || self == .connectJSON }

    func contentType(isUnary: Bool) -> String {
        switch self {
        case .grpc: "application/grpc"
        case .grpcJSON: "application/grpc+json"
        case .web: "application/grpc-web+proto"
        case .webJSON: "application/grpc-web+json"
        case .webText: "application/grpc-web-text"
        case .connect: isUnary ? "application/proto" : "application/connect+proto"
        case .connectJSON: isUnary ? "application/json" : "application/connect+json"
        }
    }

    /// The field before which a name of compression stands.
    func encodingField(isUnary: Bool) -> String {
        isConnect ? isUnary ? "content-encoding" : "connect-content-encoding" : "grpc-encoding"
    }

    func bytes(_ message: Text) throws -> Data {
        isJSON ? try message.jsonUTF8(pretty: false) : try message.serialized()
    }

    private func read(_ bytes: Data) throws -> Text {
        isJSON ? try Text(jsonUTF8: bytes) : try Text(serialized: Data(bytes))
    }
}

// MARK: Calls
extension WireProtocol {
    func call(
        _ method: MethodDescriptor<Text, Text>, _ texts: [String], _ options: Options = Options(),
        router: RPCRouter = Echo.router()
    ) async throws -> Outcome {
        let isBare = isConnect && method.shape == .unary
        var body = Data()
        for text in texts {
            let plain = try bytes(Text(service: text))
            let message = options.compression == "gzip" ? try Gzip.deflate(plain) : plain
            body += isBare ? message : envelope(message, flags: options.compression == "gzip" ? 1 : 0)
        }
        return try await call(method, body: body, options, router: router)
    }

    func call(
        _ method: MethodDescriptor<Text, Text>, body: Data, _ options: Options = Options(),
        router: RPCRouter = Echo.router()
    ) async throws -> Outcome {
        let isUnary = method.shape == .unary
        var fields = options.fields
        fields["content-type"] = contentType(isUnary: isUnary)
        if let compression = options.compression { fields[encodingField(isUnary: isUnary)] = compression }
        if options.acceptsGzip { fields[acceptField(isUnary)] = "identity, gzip" }
        if let timeout = options.timeout {
            fields[isConnect ? "connect-timeout-ms" : "grpc-timeout"] = isConnect ? "\(timeout)" : "\(timeout)m"
        }
        let sent = self == .webText ? body.base64EncodedData() : body
        let request = HTTPRequest(
            method: "POST", path: method.path, fields: fields, version: options.version,
            body: options.cuts > 0 ? .pieces(sent, options.cuts) : .data(sent))
        let response = try #require(await router.respond(to: request))
        let (bytes, trailers) = try await response.consumed()
        return try outcome(response, bytes, trailers, isBare: isConnect && isUnary)
    }

    private func acceptField(_ isUnary: Bool) -> String {
        isConnect ? isUnary ? "accept-encoding" : "connect-accept-encoding" : "grpc-accept-encoding"
    }

    private func outcome(
        _ response: HTTPResponse, _ body: Data, _ trailers: HTTPFields, isBare: Bool
    ) throws -> Outcome {
        var outcome = Outcome(httpStatus: response.status, fields: response.fields)
        if isBare {
            try readBare(body, into: &outcome)
        } else if response.status == 200 {
            try readEnvelopes(self == .webText ? try #require(decodeText(body)) : body, into: &outcome)
        }
        if self == .grpc || self == .grpcJSON {
            read(status: trailers.contains("grpc-status") ? trailers : response.fields, into: &outcome)
        }
        return outcome
    }
}

// MARK: Answers
extension WireProtocol {
    private func readEnvelopes(_ body: Data, into outcome: inout Outcome) throws {
        let isGzip = outcome.fields[encodingField(isUnary: false)] == "gzip"
        for (flags, bytes) in try envelopes(in: body) {
            #expect(outcome.code == nil, "something follows the end")
            switch (flags, self) {
            case (0x80, .web), (0x80, .webJSON), (0x80, .webText):
                read(status: fields(inText: String(decoding: bytes, as: UTF8.self)), into: &outcome)
            case (2, .connect), (2, .connectJSON): try read(end: bytes, into: &outcome)
            default:
                outcome.flags.append(flags)
                try #require(flags == 0 || flags == 1 && isGzip)
                outcome.messages.append(try read(flags == 0 ? bytes : Gzip.inflate(bytes, limit: 1 << 30)))
            }
        }
    }

    private func readBare(_ body: Data, into outcome: inout Outcome) throws {
        for field in outcome.fields where field.name.hasPrefix("trailer-") {
            outcome.trailing.append(String(field.name.dropFirst(8)), field.value)
        }
        let plain = outcome.fields["content-encoding"] == "gzip" ? try Gzip.inflate(body, limit: 1 << 30) : body
        if outcome.httpStatus == 200 {
            outcome.code = .ok
            outcome.messages = [try read(plain)]
        } else {
            try read(error: JSONSerialization.jsonObject(with: plain), into: &outcome)
        }
    }

    private func read(status fields: HTTPFields, into outcome: inout Outcome) {
        outcome.code = fields["grpc-status"].flatMap { Int($0) }.flatMap(RPCStatus.Code.init(rawValue:))
        outcome.message = fields["grpc-message"]?.removingPercentEncoding
        outcome.hasDetails = fields.contains("grpc-status-details-bin")
        for field in fields where !field.name.hasPrefix("grpc-") { outcome.trailing.append(field.name, field.value) }
    }

    private func read(end: Data, into outcome: inout Outcome) throws {
        let object = try #require(JSONSerialization.jsonObject(with: end) as? [String: Any])
        for (key, values) in object["metadata"] as? [String: [String]] ?? [:] {
            for value in values { outcome.trailing.append(key, value) }
        }
        guard let error = object["error"] else { return outcome.code = .ok }
        try read(error: error, into: &outcome)
    }

    private func read(error: Any, into outcome: inout Outcome) throws {
        let object = try #require(error as? [String: Any])
        outcome.code = RPCStatus.Code.allCases.first { $0.connectName == object["code"] as? String }
        outcome.message = object["message"] as? String
        outcome.hasDetails = object["details"] != nil
    }

    private func fields(inText text: String) -> HTTPFields {
        var fields = HTTPFields()
        for line in text.split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            fields.append(String(parts[0]), parts[1].trimmingHTTPWhitespace)
        }
        return fields
    }

    /// Base64 that may be padded in between.
    private func decodeText(_ text: Data) -> Data? {
        var whole = Data()
        for start in stride(from: 0, to: text.count, by: 4) {
            guard let group = Data(base64Encoded: text.dropFirst(start).prefix(4)) else { return nil }
            whole += group
        }
        return whole
    }
}

func envelope(_ message: Data, flags: UInt8 = 0) -> Data {
    Data([flags]) + withUnsafeBytes(of: UInt32(message.count).bigEndian) { Data($0) } + message
}

func envelopes(in body: Data) throws -> [(flags: UInt8, bytes: Data)] {
    var result: [(UInt8, Data)] = []
    var rest = body
    while let flags = rest.first {
        let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
        try #require(rest.count >= 5 + length)
        result.append((flags, Data(rest.dropFirst(5).prefix(length))))
        rest = rest.dropFirst(5 + length)
    }
    return result
}

extension HTTPBody {
    /// The bytes in pieces of `count`.
    static func pieces(_ bytes: Data, _ count: Int) -> HTTPBody {
        .stream(
            AsyncStream { continuation in
                for start in stride(from: 0, to: bytes.count, by: count) {
                    continuation.yield(bytes.dropFirst(start).prefix(count))
                }
                continuation.finish()
            })
    }
}

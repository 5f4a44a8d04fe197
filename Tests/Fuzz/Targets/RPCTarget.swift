import Foundation
import HTTP
import RPC
import Synchronization
import Wire

/// Calls in every protocol from the body's bytes to the answer: envelopes, compression, messages, statuses.
///
/// The first byte picks the protocol, the second the shape of the method, the compression and the codec of the
/// answer, the third how the body is cut.
enum RPCTarget {
    private typealias Text = HealthCheckRequest

    private static let contentTypes = [
        "application/grpc", "application/grpc+json", "application/grpc-web+proto", "application/grpc-web+json",
        "application/grpc-web-text", "application/proto", "application/json", "application/connect+proto",
        "application/connect+json",
    ]
    private static let compressionFields = ["grpc-encoding", "content-encoding", "connect-content-encoding"]
    private static let acceptFields = ["grpc-accept-encoding", "accept-encoding", "connect-accept-encoding"]

    private static func method(_ name: String, _ shape: MethodDescriptor<Text, Text>.Shape)
        -> MethodDescriptor<Text, Text>
    {
        MethodDescriptor(service: "fuzz.Echo", name: name, shape: shape, idempotency: .noSideEffects)
    }

    private static let unary = method("Unary", .unary)
    private static let joins = method("Joins", .clientStreaming)
    private static let splits = method("Splits", .serverStreaming)
    private static let chats = method("Chats", .bidirectional)
    private static let paths = [unary.path, joins.path, splits.path, chats.path]

    private static let router: RPCRouter = {
        var limits = RPCLimits()
        limits.maxMessageBytes = 4096
        var router = RPCRouter(limits: limits)
        router.unary(unary) { request, _ in request }
        router.clientStreaming(joins) { requests, _ in
            var count = 0
            for try await request in requests { count += request.service.utf8.count }
            return Text(service: "\(count)")
        }
        router.serverStreaming(splits) { request, _ in
            AsyncStream { continuation in
                for word in request.service.split(separator: " ") { continuation.yield(Text(service: String(word))) }
                continuation.finish()
            }
        }
        router.bidirectional(chats) { requests, _ in requests }
        return router
    }()

    static func run(_ data: Data) {
        guard data.count >= 3 else { return }
        let (first, second, third) = (data[data.startIndex], data[data.startIndex + 1], data[data.startIndex + 2])
        var fields: HTTPFields = ["content-type": contentTypes[Int(first) % contentTypes.count]]
        if second & 4 != 0 { for name in compressionFields { fields.append(name, "gzip") } }
        if second & 8 != 0 { for name in acceptFields { fields.append(name, "gzip") } }
        let body = BodyChannel(expectedLength: nil) { _, _ in }
        let request = HTTPRequest(
            method: "POST", path: paths[Int(second & 3)], fields: fields, version: .http2, body: .channel(body))
        answer(request, feeding: body, data.dropFirst(3), pieceCount: third == 0 ? .max : Int(third))
    }

    private static func answer(_ request: HTTPRequest, feeding body: BodyChannel, _ bytes: Data, pieceCount: Int) {
        SerialTasks.with { tasks in
            let slot = Slot()
            Task {
                let answer = await consume(request)
                slot.answer.withLock { $0 = answer }
            }
            var rest = bytes
            while !rest.isEmpty {
                _ = tasks.runAll()
                rest.prefix(pieceCount).withUnsafeBytes { _ = body.append($0) }
                rest = rest.dropFirst(pieceCount)
            }
            _ = tasks.runAll()
            body.finish()
            _ = tasks.runAll()
            guard let answer = slot.answer.withLock({ $0 }) else { fatalError("broken: every call is answered") }
            check(answer, request)
        }
    }

    private struct Answer: Sendable {
        let status: Int
        let fields: HTTPFields
        let body: Data
        let trailers: HTTPFields
    }

    private final class Slot: Sendable {
        let answer = Mutex<Answer?>(nil)
    }

    private static func consume(_ request: HTTPRequest) async -> Answer {
        guard let response = await router.respond(to: request) else { fatalError("broken: a call is taken for one") }
        var body = Data()
        do {
            body = try await response.body.collect(limit: 1 << 24)
        } catch {
            fatalError("broken: an answer's body ends well: \(error)")
        }
        let trailers: HTTPFields
        switch response.trailers {
        case .none: trailers = [:]
        case .fields(let fields): trailers = fields
        case .afterBody(let make): trailers = await make()
        }
        return Answer(status: response.status, fields: response.fields, body: body, trailers: trailers)
    }

    private static func check(_ answer: Answer, _ request: HTTPRequest) {
        require((200...599).contains(answer.status), "an answer has a status")
        let type = request.fields["content-type"] ?? ""
        guard type == "application/grpc" || type == "application/grpc+json", answer.status == 200 else { return }
        let status = answer.trailers["grpc-status"] ?? answer.fields["grpc-status"]
        require(status.flatMap { Int($0) }.map { (0...16).contains($0) } == true, "a gRPC call ends in a status")
    }
}

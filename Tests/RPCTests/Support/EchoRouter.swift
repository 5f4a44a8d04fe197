import Foundation
import HTTP
import RPC
import Synchronization
import Wire

typealias Text = HealthCheckRequest

/// Methods of every shape whose messages hold one text.
enum Echo {
    static let service = "test.Echo"
    static let unary = method("Unary")
    static let safe = method("Safe", .unary, .noSideEffects)
    static let fails = method("Fails")
    static let waits = method("Waits")
    static let waitsMany = method("WaitsMany", .serverStreaming)
    static let mirrors = method("Mirrors")
    static let mirrorsMany = method("MirrorsMany", .bidirectional)
    static let joins = method("Joins", .clientStreaming)
    static let splits = method("Splits", .serverStreaming)
    static let chats = method("Chats", .bidirectional)

    private static func method(
        _ name: String, _ shape: MethodDescriptor<Text, Text>.Shape = .unary, _ idempotency: Idempotency = .unknown
    ) -> MethodDescriptor<Text, Text> {
        MethodDescriptor(service: service, name: name, shape: shape, idempotency: idempotency)
    }

    struct Secret: Error {}
    struct Known: RPCStatusConvertible {
        var rpcStatus: RPCStatus {
            RPCStatus(.failedPrecondition, "50 % of 2 slices: “none”", details: [Text(service: "detail")])
        }
    }

    /// - Parameters:
    ///   - started: hears when `Waits` or `WaitsMany` begins to wait.
    ///   - cancelled: hears when they were cancelled.
    static func router(
        limits: RPCLimits = RPCLimits(), observer: (any RPCObserver)? = nil, started: (@Sendable () -> Void)? = nil,
        cancelled: (@Sendable () -> Void)? = nil
    ) -> RPCRouter {
        var router = RPCRouter(limits: limits, observer: observer)
        router.unary(unary) { request, context in
            context.response.setLeading("x-leading", context.metadata["x-sent"] ?? "none")
            context.response.setTrailing("x-trailing", "last")
            return request
        }
        router.unary(safe) { request, _ in request }
        router.unary(fails) { request, context in
            context.response.setTrailing("x-trailing", "last")
            if request.service == "secret" { throw Secret() }
            if request.service == "cancelled" { throw CancellationError() }
            throw Known()
        }
        let wait: @Sendable () async -> Void = {
            await withTaskCancellationHandler {
                started?()
                try? await Task.sleep(for: .seconds(60))
            } onCancel: {
                cancelled?()
            }
        }
        router.unary(waits) { request, _ in
            await wait()
            return request
        }
        router.serverStreaming(waitsMany) { request, _ in
            AsyncStream<Text> {
                await wait()
                return nil
            }
        }
        router.unary(mirrors) { request, context in
            context.mirrorMetadata()
            return request
        }
        router.bidirectional(mirrorsMany) { requests, context in
            context.mirrorMetadata()
            return requests
        }
        registerStreams(on: &router)
        return router
    }

    private static func registerStreams(on router: inout RPCRouter) {
        router.clientStreaming(joins) { requests, _ in
            var parts: [String] = []
            for try await request in requests { parts.append(request.service) }
            return Text(service: parts.joined(separator: " "))
        }
        router.serverStreaming(splits) { request, context in
            context.response.setTrailing("x-trailing", "last")
            return AsyncThrowingStream<Text, any Error> { continuation in
                for word in request.service.split(separator: " ") { continuation.yield(Text(service: String(word))) }
                if request.service.hasSuffix("fail") {
                    continuation.finish(throwing: Known())
                } else {
                    continuation.finish()
                }
            }
        }
        router.bidirectional(chats) { requests, _ in requests }
    }
}

extension CallContext {
    /// Sends the caller's metadata back, before and behind the messages.
    fileprivate func mirrorMetadata() {
        response.updateLeading { $0 = metadata }
        response.updateTrailing { $0 = metadata }
    }
}

/// Keeps every record.
final class Records: RPCObserver {
    private let state = Mutex<(started: [String], ended: [CallRecord])>(([], []))

    func callStarted(method: String) { state.withLock { $0.started.append(method) } }
    func callEnded(_ record: CallRecord) { state.withLock { $0.ended.append(record) } }

    var started: [String] { state.withLock { $0.started } }
    var ended: [CallRecord] { state.withLock { $0.ended } }
}

/// Something that happened or not.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}

/// Numbers that come again with the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension HTTPResponse {
    /// The body and the trailers, as a peer would get them.
    func consumed() async throws -> (body: Data, trailers: HTTPFields) {
        let data = try await body.collect(limit: 1 << 30)
        switch trailers {
        case .none: return (data, [:])
        case .fields(let fields): return (data, fields)
        case .afterBody(let make): return (data, await make())
        }
    }
}

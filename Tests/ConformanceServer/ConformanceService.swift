import Foundation
import HTTP
import RPC
import ServiceKit
import Wire

/// `hilum.conformance.v1.ConformanceService`: does as each request says. Unary calls wait for a place of the admission
/// queue, as inference does. Three paths beside it: `/page` for browsers, `/ready` and `/not-ready` to set the state.
struct ConformanceService: Service {
    private let context: ServiceContext
    private let queue: AdmissionQueue
    private let cancelled: Counter

    init(_ configuration: ConformanceConfiguration, _ context: ServiceContext) {
        self.context = context
        queue = AdmissionQueue(
            concurrency: configuration.server.concurrency, queueLimit: configuration.server.maxQueue)
        queue.register(in: context.metrics)
        cancelled = context.metrics.counter(
            "hilum_conformance_cancelled_total", help: "Handlers that were cancelled while they waited.")
    }

    func register(in router: inout RPCRouter) {
        router.unary(ConformanceMethods.unary) { try await unary($0, $1) }
        router.unary(ConformanceMethods.look) { try await unary($0, $1) }
        router.clientStreaming(ConformanceMethods.clientStream) { try await count($0, $1) }
        router.serverStreaming(ConformanceMethods.serverStream) { request, call in
            call.mirrorMetadata(trailerBytes: request.trailerBytes)
            return Answers(service: self, request: request, timeoutMs: call.timeoutMs)
        }
        router.bidirectional(ConformanceMethods.bidiStream) { requests, call in
            call.mirrorMetadata(trailerBytes: 0)
            return requests.map { request in
                try await wait(request)
                if let failure = request.failure { throw RPCStatus(failure) }
                return ConformanceResponse(to: request, timeoutMs: call.timeoutMs)
            }
        }
    }

    var accessTable: AccessTable {
        let names = ["Unary", "Look", "ClientStream", "ServerStream", "BidiStream"]
        return .hilum.adding(
            methods: Dictionary(
                uniqueKeysWithValues: names.map { ("\(ConformanceMethods.service)/\($0)", AccessRule.anyCaller) }),
            routes: ["/page", "/ready", "/not-ready"].map { AccessRoute("*", $0, .anyCaller) })
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse? {
        switch request.path {
        case "/page":
            return HTTPResponse(status: 200, fields: ["content-type": "text/html"], body: .data(Data("<p>page".utf8)))
        case "/ready": context.health.set(.ready)
        case "/not-ready": context.health.set(.notReady(reason: "told so"))
        default: return nil
        }
        return .text(200, "set\n")
    }

    private func unary(_ request: ConformanceRequest, _ call: CallContext) async throws -> ConformanceResponse {
        call.mirrorMetadata(trailerBytes: request.trailerBytes)
        let timeoutMs = call.timeoutMs
        try await queue.run(for: call) { _ in try await wait(request) }
        if let failure = request.failure { throw RPCStatus(failure) }
        return ConformanceResponse(to: request, timeoutMs: timeoutMs)
    }

    private func count(
        _ requests: RPCMessages<ConformanceRequest>, _ call: CallContext
    ) async throws -> ConformanceResponse {
        call.mirrorMetadata(trailerBytes: 0)
        var response = ConformanceResponse()
        response.timeoutMs = call.timeoutMs
        for try await request in requests {
            try await wait(request)
            if let failure = request.failure { throw RPCStatus(failure) }
            response.receivedBytes += Int64(request.payload.count)
            response.index += 1
        }
        return response
    }

    fileprivate func wait(_ request: ConformanceRequest) async throws {
        guard request.delayMs > 0 else { return }
        do {
            try await Task.sleep(for: .milliseconds(Int64(request.delayMs)))
        } catch {
            cancelled.increment()
            throw error
        }
    }
}

/// The answers of ServerStream, made as they are pulled.
private struct Answers: AsyncSequence, Sendable {
    let service: ConformanceService
    let request: ConformanceRequest
    let timeoutMs: Int64

    struct AsyncIterator: AsyncIteratorProtocol {
        let answers: Answers
        var index: Int32 = 0

        mutating func next() async throws -> ConformanceResponse? {
            let request = answers.request
            if let failure = request.failure, failure.after == index { throw RPCStatus(failure) }
            guard index < request.answers else { return nil }
            try await answers.service.wait(request)
            defer { index += 1 }
            return ConformanceResponse(to: request, index: index, timeoutMs: answers.timeoutMs)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(answers: self) }
}

extension ConformanceResponse {
    fileprivate init(to request: ConformanceRequest, index: Int32 = 0, timeoutMs: Int64) {
        self.init()
        payload = request.payload
        self.index = index
        receivedBytes = Int64(request.payload.count)
        self.timeoutMs = timeoutMs
    }
}

extension RPCStatus {
    /// The failure with one detail.
    fileprivate init(_ failure: ConformanceFailure) {
        self.init(
            Code(rawValue: Int(failure.code)) ?? .unknown, reason: "ASKED_FOR", failure.message, field: "failure")
    }
}

extension CallContext {
    fileprivate var timeoutMs: Int64 {
        guard let left = deadline.map({ $0 - .now })?.components else { return 0 }
        return left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
    }

    /// Sends the caller's metadata whose keys begin with `x-` back, before and behind the answers.
    fileprivate func mirrorMetadata(trailerBytes: Int32) {
        let mirrored = metadata.filter { $0.hasPrefix("x-") }
        response.updateLeading { $0 = mirrored }
        response.updateTrailing { trailing in
            trailing = mirrored
            if trailerBytes > 0 { trailing.append("x-large", String(repeating: "l", count: Int(trailerBytes))) }
        }
    }
}

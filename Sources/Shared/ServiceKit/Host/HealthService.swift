import RPC
import Wire

/// `grpc.health.v1.Health` over `Health`: every service of the program has the program's state.
struct HealthService: Sendable {
    let health: Health
    /// Full names of the services asked about; the empty name means the program.
    let services: Set<String>

    func register(in router: inout RPCRouter) {
        router.unary(HealthMethods.check, isShort: true) { request, _ in try check(request) }
        router.unary(HealthMethods.list, isShort: true) { _, _ in list() }
        router.serverStreaming(HealthMethods.watch) { request, _ in
            HealthChanges(states: health.states(), isKnown: knows(request.service))
        }
    }

    private func check(_ request: HealthCheckRequest) throws -> HealthCheckResponse {
        guard knows(request.service) else {
            throw RPCStatus(
                .notFound, reason: "UNKNOWN_SERVICE", "this server has no such service", field: "service",
                remedy: "Ask for the empty name to learn the state of the whole server.")
        }
        return HealthCheckResponse(status: health.state.servingStatus)
    }

    private func list() -> HealthListResponse {
        let response = HealthCheckResponse(status: health.state.servingStatus)
        return HealthListResponse(
            statuses: [:].merging(services.union([""]).map { ($0, response) }) { first, _ in first })
    }

    private func knows(_ service: String) -> Bool {
        service.isEmpty || services.contains(service)
    }
}

/// What a watcher is told: the status now, and each one that differs from the one before; ends when the program drains.
private struct HealthChanges: AsyncSequence, Sendable {
    let states: AsyncStream<Health.State>
    let isKnown: Bool

    struct AsyncIterator: AsyncIteratorProtocol {
        var states: AsyncStream<Health.State>.AsyncIterator
        let isKnown: Bool
        var last: HealthCheckResponse.ServingStatus?

        mutating func next() async -> HealthCheckResponse? {
            while let state = await states.next() {
                let status = isKnown ? state.servingStatus : .serviceUnknown
                guard status != last else { continue }
                last = status
                return HealthCheckResponse(status: status)
            }
            return nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(states: states.makeAsyncIterator(), isKnown: isKnown)
    }
}

extension Health.State {
    fileprivate var servingStatus: HealthCheckResponse.ServingStatus {
        switch self {
        case .ready: .serving
        case .notReady, .draining: .notServing
        }
    }
}

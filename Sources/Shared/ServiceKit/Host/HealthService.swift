import RPC
import Wire

/// `grpc.health.v1.Health` over `Health`: every service of the program has the program's state.
struct HealthService: Sendable {
    let health: Health
    /// Full names of the services asked about; the empty name means the program.
    let services: Set<String>

    func register(in router: inout RPCRouter) {
        router.unary(HealthMethods.check) { request, _ in try check(request) }
        router.serverStreaming(HealthMethods.watch) { request, _ in watch(request) }
    }

    private func check(_ request: HealthCheckRequest) throws -> HealthCheckResponse {
        guard knows(request.service) else {
            throw RPCStatus(
                .notFound, reason: "UNKNOWN_SERVICE", "this server has no such service", field: "service",
                remedy: "Ask for the empty name to learn the state of the whole server.")
        }
        return HealthCheckResponse(status: Self.status(health.state))
    }

    private func watch(_ request: HealthCheckRequest) -> AsyncStream<HealthCheckResponse> {
        let isKnown = knows(request.service)
        let states = health.states()
        return AsyncStream { continuation in
            let task = Task {
                for await state in states {
                    continuation.yield(
                        HealthCheckResponse(status: isKnown ? Self.status(state) : .serviceUnknown))
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func knows(_ service: String) -> Bool {
        service.isEmpty || services.contains(service)
    }

    private static func status(_ state: Health.State) -> HealthCheckResponse.ServingStatus {
        switch state {
        case .ready: .serving
        case .notReady, .draining: .notServing
        }
    }
}

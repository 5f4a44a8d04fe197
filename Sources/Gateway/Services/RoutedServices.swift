package import RPC
package import ServiceKit
import Wire

/// Hands calls of `ClassifierService` and `PlanningService` on to a replica, with what is left of their time.
package struct RoutedServices: Sendable {
    private let classifier: BackendPool
    private let planning: BackendPool
    /// Bounds how many calls are out at the same time.
    private let admission: AdmissionQueue

    package init(classifier: BackendPool, planning: BackendPool, admission: AdmissionQueue) {
        self.admission = admission
        self.classifier = classifier
        self.planning = planning
    }

    /// Adds the methods to `router`.
    package func register(on router: inout RPCRouter) {
        route(ClassifierServiceMethods.classify, to: classifier, on: &router)
        route(ClassifierServiceMethods.listModels, to: classifier, on: &router)
        route(PlanningServiceMethods.planViews, to: planning, on: &router)
        route(PlanningServiceMethods.listModels, to: planning, on: &router)
    }

    private func route<Request: Message, Response: Message>(
        _ method: MethodDescriptor<Request, Response>, to pool: BackendPool, on router: inout RPCRouter
    ) {
        router.unary(method) { request, context in
            try await admission.run(deadline: context.deadline) { _ in
                try await Self.call(method, request, of: pool, timeout: context.timeLeft)
            }
        }
    }

    /// The answer of a replica. A service that cannot be reached is told from a gateway that cannot.
    private static func call<Request: Message, Response: Message>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, of pool: BackendPool, timeout: Duration?
    ) async throws(RPCStatus) -> Response {
        do throws(RPCStatus) {
            return try await pool.unary(method, request, timeout: timeout)
        } catch {
            guard error.code == .unavailable, error.errorInfo == nil else { throw error }
            throw RPCStatus(
                .unavailable, reason: "SERVICE_UNREACHABLE", "the \(pool.route.rawValue) service cannot be reached",
                remedy: "Try again in a few seconds, or submit the study: it is kept until it is answered.")
        }
    }
}

extension CallContext {
    /// Time until the caller stops waiting, at least a millisecond; nil when it waits for ever.
    fileprivate var timeLeft: Duration? {
        deadline.map { max($0 - .now, .milliseconds(1)) }
    }
}

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
                try await pool.unary(method, request, timeout: context.timeLeft)
            }
        }
    }
}

extension CallContext {
    /// Time until the caller stops waiting, at least a millisecond; nil when it waits for ever.
    fileprivate var timeLeft: Duration? {
        deadline.map { max($0 - .now, .milliseconds(1)) }
    }
}

package import RPC
import Wire

/// Hands calls of `ClassifierService` and `PlanningService` on to a replica, with what is left of their time.
package struct RoutedServices: Sendable {
    private let classifier: BackendPool
    private let planning: BackendPool

    package init(classifier: BackendPool, planning: BackendPool) {
        self.classifier = classifier
        self.planning = planning
    }

    /// Adds the methods to `router`.
    package func register(on router: inout RPCRouter) {
        router.unary(ClassifierServiceMethods.classify) { request, context in
            try await classifier.unary(ClassifierServiceMethods.classify, request, timeout: context.timeLeft)
        }
        router.unary(ClassifierServiceMethods.listModels) { request, context in
            try await classifier.unary(ClassifierServiceMethods.listModels, request, timeout: context.timeLeft)
        }
        router.unary(PlanningServiceMethods.planViews) { request, context in
            try await planning.unary(PlanningServiceMethods.planViews, request, timeout: context.timeLeft)
        }
        router.unary(PlanningServiceMethods.listModels) { request, context in
            try await planning.unary(PlanningServiceMethods.listModels, request, timeout: context.timeLeft)
        }
    }
}

extension CallContext {
    /// Time until the caller stops waiting, at least a millisecond; nil when it waits for ever.
    fileprivate var timeLeft: Duration? {
        deadline.map { max($0 - .now, .milliseconds(1)) }
    }
}

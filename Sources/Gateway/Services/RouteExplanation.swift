import Foundation
package import RPC
import ServiceKit
package import Wire

/// Answers `ExplainRoute`: what the running rules say of an instance.
package struct RouteExplanation: Sendable {
    private let rules: RoutingRules

    package init(rules: RoutingRules) {
        self.rules = rules
    }

    /// Adds the method to `router`.
    package func register(on router: inout RPCRouter) {
        router.unary(TriageServiceMethods.explainRoute) { request, _ in try await explain(request) }
    }

    package func explain(_ request: ExplainRouteRequest) async throws -> ExplainRouteResponse {
        let header = try await offload { [attributes = rules.attributes] _ in
            InstanceHeader.reading(request.instance, attributes: attributes)
        }
        switch header {
        case .failure(let refusal):
            let info = refusal.info
            throw RPCStatus(
                .invalidArgument, reason: info.reason, "the instance cannot be read", field: info.field,
                limit: info.limit, remedy: info.remedy)
        case .success(let header):
            return ExplainRouteResponse(rules.explain(header), rules.decide(header))
        }
    }
}

extension ExplainRouteResponse {
    fileprivate init(_ verdicts: [RoutingRules.Verdict], _ decision: RouteDecision) {
        self.init(
            rules: verdicts.map { verdict in
                RuleVerdict(
                    rule: verdict.rule, matched: verdict.isMatched, decided: verdict.hasDecided,
                    conditions: verdict.conditions.map { ConditionVerdict(condition: $0.text, holds: $0.holds) })
            },
            rule: decision.rule, priority: Priority(decision.priority))
        switch decision.action {
        case .send(let route, let model, let shadows):
            (action, self.route, self.model, self.shadows) = ("send", route.rawValue, model, shadows)
        case .hold(let route, let model, let reason):
            (action, self.route, self.model, self.reason) = ("hold", route?.rawValue ?? "", model, reason)
        case .refuse(let reason):
            (action, self.reason) = ("refuse", reason)
        }
    }
}

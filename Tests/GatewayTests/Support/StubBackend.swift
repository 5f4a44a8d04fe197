import Foundation
import Gateway
import RPC
import Synchronization
import Wire

/// A classifier and planning service that answer what a test says, and count what they are asked.
final class StubBackend: Sendable {
    /// What it does with each call.
    enum Behaviour: Sendable {
        /// A gradable image with these findings flagged; a plan for planning.
        case answers(flagged: [String] = [])
        /// Findings flagged by model; a model that is not there refuses.
        case byModel([String: [String]])
        case ungradable
        case throwing(RPCStatus)
    }

    private struct State {
        var behaviour: Behaviour
        var classified: [Data: Int] = [:]
        var models: [String: Int] = [:]
        var planned: [[Data]] = []
    }

    /// How long a call over the network takes, so that a kill can fall into it.
    private let latency: Duration
    private let state: Mutex<State>

    init(_ behaviour: Behaviour = .answers(), latency: Duration = .zero) {
        self.latency = latency
        state = Mutex(State(behaviour: behaviour))
    }

    func behave(_ behaviour: Behaviour) {
        state.withLock { $0.behaviour = behaviour }
    }

    /// How often each image was asked for.
    var classified: [Data: Int] { state.withLock { $0.classified } }
    /// How often each model of the classifier was asked.
    var models: [String: Int] { state.withLock { $0.models } }
    /// The instances of each call of planning.
    var planned: [[Data]] { state.withLock { $0.planned } }
    var calls: Int { classified.values.reduce(0, +) + planned.count }

    func classify(_ request: ClassifyRequest) throws(RPCStatus) -> ClassifyResponse {
        let behaviour = state.withLock { state in
            state.classified[request.image, default: 0] += 1
            state.models[request.model, default: 0] += 1
            return state.behaviour
        }
        switch behaviour {
        case .answers(let flagged): return answer(flagged, request)
        case .byModel(let flagged):
            guard let flagged = flagged[request.model] else { throw RPCStatus(.failedPrecondition, "no such model") }
            return answer(flagged, request)
        case .ungradable:
            return ClassifyResponse(quality: ImageQuality(grade: .ungradable, reasons: ["blank"]))
        case .throwing(let status): throw status
        }
    }

    private func answer(_ flagged: [String], _ request: ClassifyRequest) -> ClassifyResponse {
        let findings = flagged.map {
            Finding(
                code: $0, probability: 0.9, threshold: 0.5, flagged: true, priority: .priority,
                heatmapPNG: request.includeHeatmaps ? Data("map of \($0)".utf8) : Data())
        }
        return ClassifyResponse(
            findings: findings, quality: ImageQuality(grade: .gradable), requestID: request.requestID)
    }

    func plan(_ request: PlanViewsRequest) throws(RPCStatus) -> PlanViewsResponse {
        let behaviour = state.withLock { state in
            state.planned.append(request.instances)
            return state.behaviour
        }
        if case .throwing(let status) = behaviour { throw status }
        return PlanViewsResponse(planes: [ViewPlane(view: .shortAxis)], requestID: request.requestID)
    }

    /// The stub as a server's methods.
    func register(in router: inout RPCRouter) {
        router.unary(ClassifierServiceMethods.classify) { request, _ in
            try await Task.sleep(for: self.latency)
            return try self.classify(request)
        }
        router.unary(PlanningServiceMethods.planViews) { request, _ in
            try await Task.sleep(for: self.latency)
            return try self.plan(request)
        }
    }
}

extension StubBackend: RPCCaller {
    func attempt<Request: Message, Response: Message>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, timeout: Duration?
    ) async throws(CallFailure) -> Response {
        let response: any Message
        do throws(RPCStatus) {
            switch request {
            case let request as ClassifyRequest: response = try classify(request)
            case let request as PlanViewsRequest: response = try plan(request)
            default: throw RPCStatus(.unimplemented)
            }
        } catch {
            throw CallFailure(error, error.code == .unavailable ? .unreached : .server)
        }
        guard let response = response as? Response else { throw CallFailure(RPCStatus(.internal), .server) }
        return response
    }

    /// A pool of stubs, without upkeep.
    static func pool(_ route: Route, _ replicas: [StubBackend]) -> BackendPool {
        let addresses = replicas.indices.map { "http://stub\($0):1" }
        let client = BalancedClient(name: route.rawValue, targets: addresses.compactMap(Target.init)) { endpoint in
            replicas[addresses.firstIndex(of: endpoint.address) ?? 0]
        }
        return BackendPool(route, client: client)
    }
}

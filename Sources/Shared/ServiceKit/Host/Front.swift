import Foundation
import HTTP
import OpenInference
import RPC

/// Sends each request to who answers it: the host's own paths, the calls, inference on tensors, the service's other
/// paths.
struct Front: Sendable {
    private let router: RPCRouter
    private let inference: HTTPInference
    private let service: any Service
    private let context: ServiceContext
    private let cors: CORSPolicy
    private let spans: any SpanRecorder
    private let access: AccessControl
    private let requests: Counter

    init(
        router: RPCRouter, inference: HTTPInference, service: any Service, context: ServiceContext, cors: CORSPolicy,
        spans: any SpanRecorder, access: AccessControl
    ) {
        self.spans = spans
        self.router = router
        self.inference = inference
        self.service = service
        self.context = context
        self.cors = cors
        self.access = access
        requests = context.metrics.counter(
            "hilum_http_requests_total", help: "HTTP requests that were answered, by kind and status.",
            labels: ["kind", "status"])
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        var (kind, response) = await answer(request)
        cors.expose(&response, to: request)
        requests.increment(kind, String(response.status))
        return response
    }

    /// The answer, and the route's name: a constant, so that no path of a caller becomes a label.
    private func answer(_ request: HTTPRequest) async -> (kind: String, response: HTTPResponse) {
        if let response = cors.preflight(request) { return ("preflight", response) }
        return await route(request)
    }

    private func route(_ request: HTTPRequest) async -> (kind: String, response: HTTPResponse) {
        switch request.path {
        case "*": ("options", HTTPResponse(status: 204, fields: ["allow": "GET, HEAD, POST, OPTIONS"]))
        case "/healthz/live": ("live", get(request) { .text(200, "live\n") })
        case "/healthz/ready": ("ready", get(request, readiness))
        default: await answerCallOrOther(request)
        }
    }

    private func answerCallOrOther(_ request: HTTPRequest) async -> (kind: String, response: HTTPResponse) {
        if let response = await router.respond(to: request) { return ("call", response) }
        await leaveEventLoop()
        do throws(RPCRefusal) {
            switch access.find(request) {
            case .nothing: try access.admitUnknown(request)
            case .otherMethods(let allowed):
                try access.admitUnknown(request)
                let allowed = allowed.joined(separator: ", ")
                return ("unknown", .text(405, "Use \(allowed).\n", fields: ["allow": allowed]))
            case .route(let route, let study):
                var request = request
                request.caller = try await access.admit(request, to: route, study: study)
                return await answer(admitted: request)
            }
        } catch {
            return ("refused", error.response)
        }
        return ("unknown", .text(404, "There is nothing at this path.\n"))
    }

    private func answer(admitted request: HTTPRequest) async -> (kind: String, response: HTTPResponse) {
        if request.path == "/metrics" { return ("metrics", get(request, metrics)) }
        if let response = await inference.respond(to: request) { return ("inference", response) }
        let response = await Trace.serving(
            "HTTP \(request.knownMethod)", metadata: Metadata(request.fields), recorder: spans
        ) { await service.respond(to: request) }
        if let response { return ("other", response) }
        return ("unknown", .text(404, "There is nothing at this path.\n"))
    }

    private func get(_ request: HTTPRequest, _ answer: () -> HTTPResponse) -> HTTPResponse {
        switch request.method {
        case "GET": answer()
        case "HEAD": HTTPResponse(status: answer().status, fields: answer().fields)
        default: .text(405, "Use GET.\n", fields: ["allow": "GET, HEAD"])
        }
    }

    private func readiness() -> HTTPResponse {
        let state = context.health.state
        return .text(state == .ready ? 200 : 503, state.text + "\n")
    }

    private func metrics() -> HTTPResponse {
        HTTPResponse(
            status: 200, fields: ["content-type": Metrics.contentType],
            body: .data(Data(context.metrics.exposition().utf8)))
    }
}

extension HTTPRequest {
    /// The method where it is a common one, so that callers cannot invent names.
    fileprivate var knownMethod: String {
        ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"].contains(method) ? method : "other"
    }
}

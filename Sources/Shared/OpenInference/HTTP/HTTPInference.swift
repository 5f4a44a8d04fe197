import Foundation
package import HTTP
package import RPC

/// The Open Inference Protocol over HTTP with JSON and binary tensors: everything under `/v2`.
package struct HTTPInference: Sendable {
    private let server: InferenceServer
    private let maxBodyBytes: Int
    private let errorMapper: RPCRouter.ErrorMapper
    private let observer: (any RPCObserver)?

    /// - Parameters:
    ///   - maxBodyBytes: of a request as sent and inflated.
    ///   - observer: hears of inferences as of calls of `inference.GRPCInferenceService/ModelInfer`.
    package init(
        _ server: InferenceServer, maxBodyBytes: Int,
        errorMapper: @escaping RPCRouter.ErrorMapper = { RPCStatus(mapping: $0) }, observer: (any RPCObserver)? = nil
    ) {
        self.server = server
        self.maxBodyBytes = maxBodyBytes
        self.errorMapper = errorMapper
        self.observer = observer
    }

    /// The answer; nil where the path is none of the protocol's.
    package func respond(to request: HTTPRequest) async -> HTTPResponse? {
        guard request.path == "/v2" || request.path.hasPrefix("/v2/") else { return nil }
        guard let path = InferencePath(request.path) else {
            return InferenceAnswer.error(404, "there is nothing at this path")
        }
        switch (request.method, path) {
        case ("POST", .infer(let key)): return await infer(key, request)
        case (path.method, _): return answer(path)
        case ("HEAD", _) where path.method == "GET":
            var answer = answer(path)
            answer.body = .empty
            return answer
        default:
            let allowed = path.method == "GET" ? "GET, HEAD" : path.method
            return InferenceAnswer.error(405, "use \(path.method)", fields: ["allow": allowed])
        }
    }

    /// Everything but inference.
    private func answer(_ path: InferencePath) -> HTTPResponse {
        do {
            switch path {
            case .server: return try InferenceAnswer.server(server)
            case .live: return HTTPResponse(status: 200)
            // Triton's answer, which its clients read: no body, 400 for not ready.
            case .ready: return HTTPResponse(status: server.isReady() ? 200 : 400)
            case .modelReady(let key):
                let isReady = try server.isReady(key.name, version: key.version)
                return isReady ? HTTPResponse(status: 200) : InferenceAnswer.error(400, "model version not ready")
            case .model(let key):
                return try InferenceAnswer.metadata(try server.model(key.name, version: key.version))
            case .configuration(let key):
                return try InferenceAnswer.configuration(try server.model(key.name, version: key.version))
            case .statistics(let key):
                return try InferenceAnswer.statistics(
                    try server.models(named: key?.name ?? "", version: key?.version ?? ""))
            case .index: return try InferenceAnswer.index(server.catalog().index(readyOnly: false))
            case .infer: return InferenceAnswer.error(405, "use POST", fields: ["allow": "POST"])
            }
        } catch {
            return self.error(errorMapper(error), error)
        }
    }

    private func infer(_ key: InferencePath.ModelKey, _ request: HTTPRequest) async -> HTTPResponse {
        let method = "inference.GRPCInferenceService/ModelInfer"
        let metadata = Metadata(request.fields)
        let span = CallSpan(method: method, transport: .http, metadata: metadata, observer: observer)
        let context = CallContext(
            method: method, transport: .http, metadata: metadata, remoteAddress: request.remoteAddress,
            caller: request.caller)
        do {
            let model = try server.model(key.name, version: key.version)
            var isBinary: [Bool] = []
            let (parsed, outputs) = try await span.traced {
                try await server.infer(model, context) {
                    let body = try await InferenceBody(request, limit: maxBodyBytes)
                    let (parsed, wishes) = try InferenceRequest.read(body, for: model)
                    isBinary = wishes
                    return parsed
                }
            }
            let response = try InferenceAnswer.inference(parsed, outputs, isBinary: isBinary, of: model)
            span.end(.ok)
            return response
        } catch {
            let status = errorMapper(error)
            span.end(status, error)
            var fields = HTTPFields()
            fields["retry-after"] = context.response.leading["retry-after"]
            return self.error(status, error, fields: fields)
        }
    }

    private func error(_ status: RPCStatus, _ error: any Error, fields: HTTPFields = [:]) -> HTTPResponse {
        let message = status.message.isEmpty ? "internal error" : status.message
        if case HTTPError.bodyTooLarge = error { return InferenceAnswer.error(413, message, fields: fields) }
        return InferenceAnswer.error(status.openInferenceHTTPStatus, message, fields: fields)
    }
}

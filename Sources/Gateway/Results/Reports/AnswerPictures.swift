import Foundation
import RPC
import Wire

/// What answers in the ledger leave out because of its size, asked of the same model again: heat maps and reformats.
struct AnswerPictures: Sendable {
    let classifier: BackendPool
    let planning: BackendPool
    let timeout: Duration

    /// Heat maps of the flagged findings, by code. A finding whose model is gone has none.
    ///
    /// - Throws: where the service is in trouble and the question is to be asked again.
    func heatMaps(_ answer: ClassifyResponse, image: Data) async throws(RPCStatus) -> [String: Data] {
        let flagged = answer.findings.filter(\.flagged)
        var maps: [String: Data] = [:]
        for model in Set(flagged.map { Self.name($0.model ?? answer.model) }).sorted() {
            let request = ClassifyRequest(
                image: image, mediaType: "application/dicom", model: model, includeHeatmaps: true)
            let response = try await asked { () async throws(RPCStatus) in
                try await classifier.unary(ClassifierServiceMethods.classify, request, timeout: timeout)
            }
            let codes = Set(flagged.filter { Self.name($0.model ?? answer.model) == model }.map(\.code))
            for finding in response?.findings ?? [] where codes.contains(finding.code) {
                maps[finding.code] = finding.heatmapPNG.isEmpty ? nil : finding.heatmapPNG
            }
        }
        return maps
    }

    /// The answer with its reformats; without where the model is gone.
    func reformatted(_ answer: PlanViewsResponse, instances: [Data]) async throws(RPCStatus) -> PlanViewsResponse {
        let request = PlanViewsRequest(
            instances: instances, views: answer.planes.map(\.view), includeReformats: true,
            model: Self.name(answer.model))
        let response = try await asked { () async throws(RPCStatus) in
            try await planning.unary(PlanningServiceMethods.planViews, request, timeout: timeout)
        }
        return response ?? answer
    }

    /// Nil where asking again would change nothing.
    private func asked<Response>(
        _ call: () async throws(RPCStatus) -> Response
    ) async throws(RPCStatus) -> Response? {
        do throws(RPCStatus) {
            return try await call()
        } catch {
            if error.code == .notFound || CallVerdict(error) == .refused { return nil }
            throw error
        }
    }

    private static func name(_ model: ModelRef?) -> String {
        model.map { "\($0.name)/\($0.version)" } ?? ""
    }
}

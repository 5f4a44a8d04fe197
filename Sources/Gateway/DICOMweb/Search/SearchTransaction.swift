import DICOMweb
import Foundation
import HTTP

/// Search (QIDO-RS, PS3.18 §10.6).
package struct SearchTransaction: Sendable {
    private static let offers: [ContentType] = [.dicomJSON, .json]
    private let index: any InstanceIndex

    package init(index: any InstanceIndex) {
        self.index = index
    }

    func respond(
        _ level: SearchAttribute.Level, in scope: Resource.Scope?, _ call: DICOMwebCall
    ) async throws -> HTTPResponse {
        guard let type = call.accept.best(of: Self.offers) else {
            throw Problem.notAcceptable(Self.offers.map(\.essence))
        }
        let request = try SearchRequest(level, in: scope, query: call.query)
        let page = try await index.search(request)
        var fields: HTTPFields = [
            "content-type": type.essence, "x-total-count": String(page.total), "cache-control": "no-store",
        ]
        var warnings = request.warnings
        let left = page.total - request.offset - page.results.count
        if left > 0 { warnings.append("There are \(left) additional results that can be requested") }
        for warning in warnings { fields.append("warning", "299 hilum \"\(warning)\"") }
        return HTTPResponse(status: 200, fields: fields, body: .data(json(page.results, request, in: scope, call)))
    }

    private func json(
        _ results: [SearchResult], _ request: SearchRequest, in scope: Resource.Scope?, _ call: DICOMwebCall
    ) -> Data {
        // What the path names is not told again (PS3.18 §10.6.3.3).
        var levels: Set<SearchAttribute.Level> = [request.level]
        if scope == nil { levels.formUnion([.study, .series].filter { $0 < request.level }) }
        if scope?.seriesInstanceUID == nil, request.level == .instance { levels.insert(.series) }
        let named: Set<SearchAttribute> = [.studyInstanceUID, .seriesInstanceUID]
        var json = JSONText()
        json.list(results) { json, result in
            let found = Resource.Scope(
                study: result.values[.studyInstanceUID] ?? "",
                series: request.level > .study ? result.values[.seriesInstanceUID] : nil,
                instance: request.level > .series ? result.values[.sopInstanceUID] : nil)
            result.json(
                request.level, levels: levels, included: request.included.union(named),
                retrieveURL: call.url(found), in: &json)
        }
        return Data(json.bytes)
    }
}

package import DICOMweb
import Foundation
package import HTTP
import Imaging
import RPC
package import ServiceKit

/// DICOMweb (PS3.18 §10) under `/dicom-web`: store (STOW-RS), search (QIDO-RS), retrieve (WADO-RS).
package struct DICOMwebService: Sendable {
    package static let root = "/dicom-web"
    /// The paths whose bodies are taken piece by piece.
    package static let streamedPaths = [root + "/studies"]

    private let store: StoreTransaction
    private let search: SearchTransaction
    private let retrieve: RetrieveTransaction
    private let publicURL: String?
    private let log: Logger

    /// - Parameter publicURL: where clients see the gateway; nil: where they say they do.
    package init(
        store: StoreTransaction, search: SearchTransaction, retrieve: RetrieveTransaction, publicURL: String?,
        log: Logger
    ) {
        self.store = store
        self.search = search
        self.retrieve = retrieve
        self.publicURL = publicURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.log = log
    }

    /// Nil where the path is another's.
    package func respond(to request: HTTPRequest) async -> HTTPResponse? {
        guard request.path == Self.root || request.path.hasPrefix(Self.root + "/") else { return nil }
        do {
            var response = try await answer(request)
            if request.method == "HEAD" { response.body = .empty }
            return response
        } catch {
            return problem(error).response
        }
    }

    private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let resource = Resource(path: request.path.dropFirst(Self.root.count)) else { throw Problem.noSuchPath }
        let query = try QueryItems(request.query)
        let call = DICOMwebCall(
            accept: Accept(fields: request.fields.values(for: "accept"), parameter: query["accept"]), query: query,
            root: rootURL(request))
        switch (request.method, resource) {
        case ("POST", .studies): return try await store.respond(request, study: nil, call)
        case ("POST", .objects(let scope)) where scope.seriesInstanceUID == nil:
            return try await store.respond(request, study: scope.studyInstanceUID, call)
        case ("GET", _), ("HEAD", _): return try await get(resource, call)
        case (_, .studies), (_, .objects): throw Problem.methodNotAllowed("GET, HEAD, POST")
        default: throw Problem.methodNotAllowed("GET, HEAD")
        }
    }

    private func get(_ resource: Resource, _ call: DICOMwebCall) async throws -> HTTPResponse {
        switch resource {
        case .studies: try await search.respond(.study, in: nil, call)
        case .allSeries: try await search.respond(.series, in: nil, call)
        case .allInstances: try await search.respond(.instance, in: nil, call)
        case .seriesOfStudy(let scope): try await search.respond(.series, in: scope, call)
        case .instancesOf(let scope): try await search.respond(.instance, in: scope, call)
        case .objects(let scope): try await retrieve.objects(scope, call)
        case .metadata(let scope): try await retrieve.metadata(scope, call)
        case .frames(let scope, let frames): try await retrieve.frames(frames, of: scope, call)
        case .rendered(let scope, let frames): try await retrieve.rendered(scope, frames: frames, call)
        case .thumbnail(let scope, let frames): try await retrieve.thumbnail(scope, frames: frames, call)
        case .bulkData(let scope, let path): try await retrieve.bulkData(path, of: scope, call)
        }
    }

    /// The URL of the service as the client sees it.
    private func rootURL(_ request: HTTPRequest) -> String {
        if let publicURL { return publicURL + Self.root }
        let scheme = request.session == nil ? "http" : "https"
        let authority = request.authority.flatMap { $0.utf8.allSatisfy(Self.isHostByte) ? $0 : nil }
        return "\(scheme)://\(authority ?? "localhost")\(Self.root)"
    }

    /// Whether a byte may stand in a host with its port.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5B, 0x5D, 0x5F: true
        default: false
        }
    }

    /// What the client hears of an error. The statuses of errors that are not DICOMweb's own are those of
    /// `RPCStatus.dicomWebHTTPStatus`.
    private func problem(_ error: any Error) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as MultipartError: return Problem(error)
        case let error as SearchError: return Problem(error)
        case HTTPError.bodyTooLarge(let limit): return .tooLarge(limit)
        case HTTPError.bodyTruncated, HTTPError.malformed: return Problem(MultipartError.truncated)
        case HTTPError.timedOut: return Problem(408, "The body did not come in time; what came whole is kept.")
        case StorageError.missingBlob: return .gone
        case AdmissionError.queueFull(_, let retryAfter):
            let seconds = max(1, Int(retryAfter.inSeconds.rounded(.up)))
            return Problem(
                429, "More is on its way than is worked on; try again later.", fields: ["retry-after": String(seconds)])
        default:
            let status = RPCStatus(mapping: error)
            if status.code == .unknown || status.code == .internal {
                log.error("request failed", ["error.type": .string(String(reflecting: type(of: error)))])
            }
            let text = status.message.isEmpty ? "The gateway failed; see its log." : status.message
            return Problem(
                status.dicomWebHTTPStatus(isStoreFull: (error as? StorageError)?.isOutOfSpace ?? false), text)
        }
    }
}

/// What every transaction needs to know of a request.
package struct DICOMwebCall: Sendable {
    package let accept: Accept
    package let query: QueryItems
    /// The URL of the service, without a slash at its end.
    package let root: String

    /// The URL of a study, series or instance.
    @Sendable func url(_ scope: Resource.Scope) -> String {
        var url = "\(root)/studies/\(scope.studyInstanceUID)"
        if let series = scope.seriesInstanceUID { url += "/series/\(series)" }
        if let instance = scope.sopInstanceUID { url += "/instances/\(instance)" }
        return url
    }
}

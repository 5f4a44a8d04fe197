import Foundation
import RPC
package import Wire

/// Sends one claimed job to its service and says how the job ends.
struct ServiceCall: Sendable {
    let blobs: BlobStore
    let pool: BackendPool
    let timeout: Duration
    /// Most bytes of one message to a service.
    let maximumBytes: Int

    func answer(_ claim: Claim) async throws(RPCStatus) -> Settlement {
        let bytes = claim.instances.reduce(0) { $0 + $1.byteCount }
        guard bytes <= maximumBytes else {
            return .refused(reason: "\(claim.route.rawValue): TOO_LARGE: \(bytes) bytes, at most \(maximumBytes)")
        }
        switch claim.route {
        case .classifier: return try await classify(claim)
        case .planning: return try await plan(claim)
        }
    }

    private func classify(_ claim: Claim) async throws(RPCStatus) -> Settlement {
        guard let instance = claim.instances.first else { throw RPCStatus(.internal, "the job has no instance") }
        let request = ClassifyRequest(
            image: try await bytes(of: instance), mediaType: "application/dicom", model: claim.model,
            requestID: "\(claim.job)")
        let response = try await pool.unary(ClassifierServiceMethods.classify, request, timeout: timeout)
        let reasons = response.isUngradable ? (response.quality?.reasons ?? []).joined(separator: ", ") : ""
        return .answered(
            answer: try serialised(response), flag: StudyFlag(response),
            reason: response.isUngradable ? "ungradable: \(reasons)" : "", figures: AnswerFigures(response))
    }

    private func plan(_ claim: Claim) async throws(RPCStatus) -> Settlement {
        var request = PlanViewsRequest(model: claim.model, requestID: "\(claim.job)")
        for instance in claim.instances { request.instances.append(try await bytes(of: instance)) }
        let response = try await pool.unary(PlanningServiceMethods.planViews, request, timeout: timeout)
        return .answered(answer: try serialised(response), flag: .none, reason: "")
    }

    private func bytes(of instance: BlobReference) async throws(RPCStatus) -> Data {
        do throws(StorageError) {
            return try await blobs.bytes(of: instance.digest)
        } catch {
            throw RPCStatus(.dataLoss, "the bytes of the instance cannot be read")
        }
    }

    private func serialised(_ response: some Message) throws(RPCStatus) -> Data {
        do throws(WireError) {
            return try response.serialized()
        } catch {
            throw RPCStatus(.internal, "the answer cannot be written")
        }
    }
}

extension ClassifyResponse {
    /// True unless the service says that the image could be graded: no answer is ever read as "normal".
    var isUngradable: Bool { quality?.grade != .gradable }
}

extension AnswerFigures {
    init(_ response: ClassifyResponse) {
        self.init(
            findings: response.findings.map {
                Finding(code: $0.code, probability: Double($0.probability), isFlagged: $0.flagged)
            },
            gates: (response.quality?.gates ?? []).map { Gate(name: $0.name, isPassed: $0.passed) })
    }
}

extension StudyFlag {
    /// What an answer says about the reading order of its study.
    package init(_ response: ClassifyResponse) {
        let flagged = response.findings.filter(\.flagged).map {
            Finding(code: $0.code, priority: TriagePriority($0.priority))
        }
        let flag = StudyFlag(findings: flagged)
        self = response.isUngradable ? flag.raised(by: .needsHuman) : flag
    }
}

extension TriagePriority {
    /// A priority this version does not know is newer than it and read as the highest.
    package init(_ priority: Priority) {
        self =
            switch priority {
            case .unspecified, .routine: .routine
            case .priority: .priority
            case .urgent, .unrecognized: .urgent
            }
    }
}

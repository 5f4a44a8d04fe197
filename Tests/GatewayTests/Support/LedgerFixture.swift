import Foundation
import Gateway
import RPC

/// A ledger in a folder of its own, with a clock that stands still, and short ways to fill it.
struct LedgerFixture {
    let directory: TemporaryDirectory
    let clock = ManualClock()
    let ledger: SQLLedger
    static let quietPeriod = Duration.seconds(10)

    init() throws {
        directory = try TemporaryDirectory()
        ledger = try Self.open(directory)
    }

    static func open(_ directory: TemporaryDirectory) throws -> SQLLedger {
        SQLLedger(
            try LedgerStore.current.database(directory), completion: StudyCompletion(quietPeriod: quietPeriod))
    }

    @discardableResult
    func record(_ instances: NewInstance..., expectedCount: Int = 0) async throws -> [RecordOutcome] {
        try await ledger.record(instances, expectedCount: expectedCount, at: clock.now)
    }

    func claim(_ route: Route = .classifier, limit: Int = 100) async throws -> [Claim] {
        try await ledger.claim(route, limit: limit, leaseDuration: .seconds(60), at: clock.now)
    }

    func settle(_ claim: Claim, _ flag: StudyFlag = .none) async throws -> Bool {
        try await ledger.settle(claim, as: .answered(answer: Data([1]), flag: flag, reason: ""), at: clock.now)
    }

    func worklist(
        _ order: WorklistOrder = WorklistOrder(maximumWait: .seconds(3600)), stage: StudyStage? = nil,
        includesReviewed: Bool = false, after: WorklistCursor? = nil, limit: Int = 1000
    ) async throws -> WorklistPage {
        try await ledger.worklist(
            order, stage: stage, includesReviewed: includesReviewed, after: after, limit: limit, at: clock.now)
    }
}

extension NewInstance {
    /// An instance of which only what a test is about has to be said.
    static func sample(
        _ uid: String, study: String = "1.2", series: String = "1.2.1", bytes: String? = nil,
        decision: RouteDecision = .to(.classifier), trace: TraceContext? = nil
    ) throws -> NewInstance {
        let bytes = Data((bytes ?? uid).utf8)
        return NewInstance(
            header: InstanceHeader(
                sopInstanceUID: uid, studyInstanceUID: study, seriesInstanceUID: series,
                modality: decision == .to(.planning) ? "MR" : "DX"),
            digest: try Digest(of: bytes), byteCount: bytes.count, decision: decision,
            source: .rpc(peer: "192.0.2.1"), trace: trace)
    }
}

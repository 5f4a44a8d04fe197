import CSQLite
import Foundation
import Gateway
import RPC
import Synchronization
import Testing
import Wire

/// A real gateway is killed again and again while instances come in; nothing that it accepted may be lost, or
/// answered twice.
@Suite struct CrashTests {
    private static let crashes = 25

    /// An instance to send, with the count its study is announced with.
    private struct Item {
        let uid: String
        let bytes: Data
        let expected: Int32
    }

    /// What the sender knows: what it still has to send, and what was accepted. What was not acknowledged is sent
    /// again, as a hospital's sender does.
    private final class Sender: Sendable {
        private struct State {
            var left: [Item]
            var accepted: [String] = []
        }

        private let state: Mutex<State>

        init(_ items: [Item]) {
            state = Mutex(State(left: items.reversed()))
        }

        var accepted: [String] { state.withLock { $0.accepted } }
        var isDone: Bool { state.withLock { $0.left.isEmpty } }

        /// Sends over several lines until nothing is left or the gateway is gone.
        func send(to client: RPCClient) async {
            await withDiscardingTaskGroup { group in
                for _ in 0..<3 {
                    group.addTask { while await self.sendOne(to: client) {} }
                }
            }
        }

        private func sendOne(to client: RPCClient) async -> Bool {
            guard let item = state.withLock({ $0.left.popLast() }) else { return false }
            let request = SubmitRequest(instances: [item.bytes], expectedInstances: item.expected)
            let response = try? await client.unary(TriageServiceMethods.submit, request, timeout: .seconds(20))
            let isAccepted = response?.results.first?.accepted == true
            state.withLock { state in
                if isAccepted { state.accepted.append(item.uid) } else { state.left.append(item) }
            }
            return isAccepted
        }
    }

    /// Studies of radiographs and of MR series, their instances one after the other.
    private func instances(studies: Int) throws -> [Item] {
        try (0..<studies).flatMap { study in
            let isSeries = study % 4 == 3
            let count = isSeries ? 3 : 2
            return try (0..<count).map { number in
                let uid = "1.\(study).\(number)"
                let bytes =
                    try isSeries
                    ? SampleInstance.slice(uid, study: "2.\(study)")
                    : SampleInstance.radiograph(uid, study: "2.\(study)")
                return Item(uid: uid, bytes: bytes, expected: Int32(count))
            }
        }
    }

    @Test(arguments: [UInt64(20_261_121)])
    func `every accepted instance is answered exactly once through kill -9 at any moment`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        let stub = try await StubServer(StubBackend(latency: .milliseconds(15)))
        let arguments = [
            "--classifier", stub.address, "--planning", stub.address, "--retry-first-seconds", "0.02",
            "--retry-longest-seconds", "0.1", "--quiet-seconds", "600",
        ]
        let sender = Sender(try instances(studies: 400))
        var sentBeforeLastCrash = 0
        for crash in 0..<Self.crashes {
            let gateway = try await GatewayProcess(directory, arguments: arguments)
            // Counted in accepted instances rather than in time, so that a slow machine is killed at work too.
            let quota = sender.accepted.count + Int.random(in: 0...40, using: &generator)
            let delay = Duration.microseconds(Int.random(in: 0...20_000, using: &generator))
            let client = gateway.client
            let sending = Task { await sender.send(to: client) }
            try await eventually { sender.accepted.count >= quota || sender.isDone }
            try await Task.sleep(for: delay)
            gateway.kill()
            await sending.value
            if crash == Self.crashes - 1 { sentBeforeLastCrash = sender.accepted.count }
        }
        #expect(sentBeforeLastCrash > Self.crashes, "the crashes fell between submissions")

        let last = try await GatewayProcess(directory, arguments: arguments)
        await sender.send(to: last.client)
        #expect(sender.isDone)
        try await checkAllAnswered(sender.accepted, last.client)
        #expect(last.terminate() == 0)
        try checkAnsweredOnce(directory, instances: sender.accepted.count)
        print(
            """
            crash test: seed \(seed), \(Self.crashes) kills, \(sender.accepted.count) instances accepted \
            (\(sentBeforeLastCrash) before the last kill), all answered once; \(stub.backend.calls) calls of services
            """)
        await stub.stop()
    }

    private func checkAllAnswered(_ accepted: [String], _ client: RPCClient) async throws {
        let studies = Set(accepted.compactMap { $0.split(separator: ".").dropFirst().first.map { "2.\($0)" } })
        var answered: [String] = []
        for uid in studies.sorted() {
            var study = Study()
            try await eventually {
                let request = GetStudyRequest(studyInstanceUID: uid)
                study = try await client.unary(TriageServiceMethods.getStudy, request).study ?? Study()
                return study.state == .complete
            }
            #expect(study.state == .complete, "study \(uid): \(study.reason)")
            answered += study.instances.filter { $0.state == .answered }.map(\.sopInstanceUID)
            let isSeries = study.modality == "MR"
            #expect(study.plans.count == (isSeries ? 1 : 0))
            #expect(study.instances.allSatisfy { isSeries || $0.classification != nil })
        }
        #expect(answered.sorted() == accepted.sorted())
    }

    /// The ledger's history holds one answer for each job, and each instance hangs on one job.
    private func checkAnsweredOnce(_ directory: TemporaryDirectory, instances: Int) throws {
        func count(_ sql: String) throws -> Int {
            var handle: OpaquePointer?
            var statement: OpaquePointer?
            try #require(sqlite3_open(directory.path + "/data/ledger.sqlite", &handle) == SQLITE_OK)
            defer { sqlite3_close(handle) }
            try #require(sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK)
            defer { sqlite3_finalize(statement) }
            try #require(sqlite3_step(statement) == SQLITE_ROW)
            return Int(sqlite3_column_int64(statement, 0))
        }
        #expect(try count("SELECT count(*) FROM instances") == instances)
        #expect(try count("SELECT count(*) FROM jobs WHERE state <> 3") == 0)
        let answers = "SELECT count(*) AS n FROM events WHERE kind = 'answered' GROUP BY job_id"
        #expect(try count("SELECT max(n) FROM (\(answers))") == 1)
        #expect(try count("SELECT count(*) FROM (\(answers))") == count("SELECT count(*) FROM jobs"))
        #expect(try count("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0)
    }
}

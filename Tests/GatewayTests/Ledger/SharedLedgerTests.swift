import Foundation
import Gateway
import Synchronization
import Testing

/// Several gateways on one PostgreSQL ledger, and a server that is killed.
@Suite struct SharedLedgerTests {
    private let directory: TemporaryDirectory
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func open(_ connectionString: String) throws -> SQLLedger {
        try SQLLedger(postgreSQL: connectionString, completion: StudyCompletion(quietPeriod: .seconds(10)))
    }

    private func open() throws -> SQLLedger {
        try open(try LedgerStore.postgreSQL.connectionString(directory))
    }

    /// Records instances of the same few studies by all ledgers at the same time.
    private func record(_ count: Int, by ledgers: [SQLLedger], prefix: String = "1") async throws -> [RecordOutcome] {
        try await withThrowingTaskGroup(of: [RecordOutcome].self) { group in
            for number in 0..<count {
                let ledger = ledgers[number % ledgers.count]
                group.addTask {
                    let instance = try NewInstance.sample("\(prefix).\(number)", study: "2.\(number % 7)")
                    return try await ledger.record([instance], expectedCount: 0, at: now)
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    @Test func `gateways that open a new ledger at the same time make its tables once`() async throws {
        let string = try LedgerStore.postgreSQL.connectionString(directory)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { _ = try open(string) } }
            try await group.waitForAll()
        }
        #expect(try await open(string).load().pendingStudies == 0)
    }

    @Test func `what several gateways record at the same time is all there, once`() async throws {
        let ledgers = try (0..<3).map { _ in try open() }
        #expect(try await record(300, by: ledgers).filter { $0 == .accepted }.count == 300)
        #expect(try await record(300, by: ledgers).filter { $0 == .duplicate }.count == 300)
        var counts = 0
        for study in 0..<7 {
            let record = try #require(try await ledgers[0].study("2.\(study)"))
            #expect(record.instances.count == record.summary.progress.instanceCount)
            counts += record.instances.count
        }
        #expect(counts == 300)
    }

    @Test func `each job is claimed by one gateway`() async throws {
        let ledgers = try (0..<4).map { _ in try open() }
        _ = try await record(200, by: ledgers)
        let claims = try await withThrowingTaskGroup(of: [Claim].self) { group in
            for ledger in ledgers {
                group.addTask {
                    var taken: [Claim] = []
                    while true {
                        let more = try await ledger.claim(
                            .classifier, limit: 3, leaseDuration: .seconds(15), at: now)
                        // Jobs that another has just taken are left out, so none may be left although some were due.
                        if more.isEmpty, try await ledger.load().waitingJobs == 0 { return taken }
                        taken += more
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claims.count == 200)
        #expect(Set(claims.map(\.job)).count == 200)
    }

    @Test func `each report and each delivery is claimed by one gateway`() async throws {
        let ledgers = try (0..<3).map { _ in try open() }
        for ledger in ledgers { await ledger.reportCompletedStudies() }
        let studies = (0..<30).map { "2.\($0)" }
        for study in studies {
            let instance = try NewInstance.sample("1" + study, study: study)
            _ = try await ledgers[0].record([instance], expectedCount: 1, at: now)
        }
        for claim in try await ledgers[0].claim(.classifier, limit: 100, leaseDuration: .seconds(15), at: now) {
            let answer = Settlement.answered(answer: Data([1]), flag: .none, reason: "")
            #expect(try await ledgers[0].settle(claim, as: answer, at: now))
        }
        // One that is taken right now is left out, so what is left is asked for until all are there.
        let reported = try await together(ledgers, until: studies.count) { ledger in
            guard let claim = try await ledger.claimReport(leaseDuration: .seconds(60), at: now) else { return [] }
            let message = NewDelivery(destination: "ris", payload: .message(try Digest(of: Data("m".utf8))))
            #expect(try await ledger.finishReport(claim, objects: [], deliveries: [message], at: now))
            return [claim.studyInstanceUID]
        }
        #expect(reported.sorted() == studies.sorted())
        let sent = try await together(ledgers, until: studies.count) { ledger in
            let claims = try await ledger.claimDeliveries(to: "ris", limit: 2, leaseDuration: .seconds(60), at: now)
            return claims.map(\.subject)
        }
        #expect(sent.count == studies.count && Set(sent).count == studies.count)
    }

    /// What all ledgers together take, side by side, until so much is there.
    private func together(
        _ ledgers: [SQLLedger], until count: Int, _ take: @escaping @Sendable (SQLLedger) async throws -> [String]
    ) async throws -> [String] {
        let taken = Taken()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for ledger in ledgers {
                group.addTask {
                    while taken.names.withLock({ $0.count }) < count {
                        let more = try await take(ledger)
                        taken.names.withLock { $0 += more }
                    }
                }
            }
            try await group.waitForAll()
        }
        return taken.names.withLock { $0 }
    }

    private final class Taken: Sendable {
        let names = Mutex<[String]>([])
    }

    @Test func `a gateway keeps its jobs while it renews their leases, and loses them when it stops`() async throws {
        let (alive, other) = (try open(), try open())
        _ = try await record(2, by: [alive])
        let claim = try #require(
            try await alive.claim(.classifier, limit: 1, leaseDuration: .seconds(15), at: now).first)
        try await alive.renewLeases(.seconds(15), at: now + .seconds(10))
        #expect(try await other.releaseLeases(all: false, at: now + .seconds(20)) == 0)
        #expect(try await other.releaseLeases(all: false, at: now + .seconds(25)) == 1)
        let answer = Settlement.answered(answer: Data([1]), flag: .none, reason: "")
        #expect(try await !alive.settle(claim, as: answer, at: now + .seconds(26)))
    }

    @Test func `a killed server is waited for, and what was acknowledged is there once`() async throws {
        // A server of its own, because the others' tests go on.
        let server = try PostgreSQLServer()
        let ledger = try open(server.connectionString)
        let recording = Task {
            var outcomes: [RecordOutcome] = []
            for round in 0..<40 { outcomes += try await record(10, by: [ledger], prefix: "\(round)") }
            return outcomes
        }
        for _ in 0..<3 {
            try await Task.sleep(for: .milliseconds(30))
            try server.kill()
            try server.start()
        }
        #expect(try await recording.value.filter { $0 == .accepted }.count == 400)
        #expect(try await ledger.load().waitingJobs == 400)
        try server.kill()
    }

    @Test func `a server that is not there is an error`() throws {
        #expect(throws: StorageError.ledgerUnreachable) { try open("host=\(directory.path) dbname=none") }
    }
}

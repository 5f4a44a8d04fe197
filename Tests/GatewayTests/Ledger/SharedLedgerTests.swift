import Foundation
import Gateway
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

import Foundation
import Gateway
import Synchronization
import Testing

/// Changes that wait at the same time share a transaction.
@Suite struct GroupCommitTests {
    /// A database that counts its transactions, takes its time over each, and fails on a value.
    private final class SlowDatabase: SQLDatabase {
        let database: SQLiteDatabase
        let transactions: Counter

        init(_ database: SQLiteDatabase, _ transactions: Counter) {
            self.database = database
            self.transactions = transactions
        }

        func execute(
            _ sql: String, _ values: [SQLValue], each row: (any SQLRow) throws(StorageError) -> Void
        ) throws(StorageError) -> Int {
            if sql.contains("INSERT INTO instances"), case .text("poison")? = values.first {
                throw .unreadableRow(table: "instances", column: "sop_uid")
            }
            return try database.execute(sql, values, each: row)
        }

        func define(_ sql: String) throws(StorageError) { try database.define(sql) }

        var takingUntakenRows: String { database.takingUntakenRows }

        func transaction<Value>(
            isExclusive: Bool, _ body: () throws(StorageError) -> Value
        ) throws(StorageError) -> Value {
            transactions.increment()
            usleep(20_000)
            return try database.transaction(isExclusive: isExclusive, body)
        }
    }

    private final class Counter: Sendable {
        private let state = Mutex(0)
        var count: Int { state.withLock { $0 } }
        func increment() { state.withLock { $0 += 1 } }
    }

    private let directory: TemporaryDirectory
    private let transactions = Counter()
    private let ledger: SQLLedger
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    init() throws {
        directory = try TemporaryDirectory()
        let database = try SQLiteDatabase.ledger(path: directory.path + "/ledger.sqlite")
        ledger = SQLLedger(
            SlowDatabase(database, transactions), completion: StudyCompletion(quietPeriod: .seconds(10)))
    }

    private func record(_ uids: [String]) async -> [String: Result<[RecordOutcome], any Error>] {
        await withTaskGroup(of: (String, Result<[RecordOutcome], any Error>).self) { group in
            for uid in uids {
                group.addTask {
                    do {
                        let instance = try NewInstance.sample(uid, study: "2.\(uid)")
                        return (uid, .success(try await ledger.record([instance], expectedCount: 1, at: now)))
                    } catch {
                        return (uid, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    @Test func `a hundred calls at the same time take a few transactions`() async throws {
        let outcomes = await record((1...100).map { "1.\($0)" })
        #expect(outcomes.count == 100)
        for (_, outcome) in outcomes { #expect(try outcome.get() == [.accepted]) }
        #expect(transactions.count <= 20)
    }

    @Test func `a change that fails takes nothing of the others with it`() async throws {
        let outcomes = await record((1...30).map { "1.\($0)" } + ["poison"])
        for (uid, outcome) in outcomes where uid != "poison" { #expect(try outcome.get() == [.accepted]) }
        #expect(throws: StorageError.unreadableRow(table: "instances", column: "sop_uid")) {
            try outcomes["poison"]?.get()
        }
        #expect(try await ledger.study("2.poison") == nil)
        #expect(try await ledger.load().pendingStudies == 30)
    }

    @Test func `what comes together for a study is counted together, without what did not reach the disk`() async throws
    {
        let outcomes = Mutex<[Int: Result<[RecordOutcome], StorageError>]>([:])
        let threads = DispatchGroup()
        for number in 1...30 {
            let instance = try NewInstance.sample("1.\(number)", study: "2.1", decision: .to(.planning))
            threads.enter()
            Thread { [ledger, now] in
                let bytes = ArrivingBytes(
                    areWritten: { () throws(StorageError) in if number == 7 { throw .noSpace } },
                    hasDataSet: { _, _ in false })
                let outcome = Result { () throws(StorageError) in
                    try ledger.record([instance], bytes, expectedCount: 29, at: now)
                }
                outcomes.withLock { $0[number] = outcome }
                threads.leave()
            }.start()
        }
        await withCheckedContinuation { done in threads.notify(queue: .global()) { done.resume() } }
        for (number, outcome) in outcomes.withLock({ $0 }) {
            #expect(outcome == (number == 7 ? .failure(.noSpace) : .success([.accepted])), "\(number)")
        }
        let study = try #require(try await ledger.study("2.1"))
        #expect(study.instances.count == 29)
        #expect(study.summary.progress.instanceCount == 29)
        #expect(study.summary.progress.completedBy == .expectedCount)
        #expect(transactions.count <= 20)
    }
}

import Foundation
import Gateway
import Synchronization
import Testing

/// A segment of the journal stands for bytes and rows until both are on disk.
@Suite struct JournalSegmentTests {
    /// The ledger's sync, as a test wants it.
    private final class LedgerSync: Sendable {
        private let state = Mutex((count: 0, error: StorageError?.none))
        var count: Int { state.withLock { $0.count } }

        func fail(_ error: StorageError) { state.withLock { $0.error = error } }

        func run() throws(StorageError) {
            let error = state.withLock { state in
                state.count += 1
                return state.error
            }
            if let error { throw error }
        }
    }

    private let directory: TemporaryDirectory
    private let sync = LedgerSync()
    private let store: BlobStore

    init() async throws {
        directory = try TemporaryDirectory()
        store = try await directory.journaledStore(segments: 2, synchroniseLedger: sync.run)
    }

    /// A blob of which 40 fill one of the two segments.
    private func large(_ number: Int) throws -> Blob {
        try Blob(Data("blob \(number)".utf8) + Data(count: 800 << 10))
    }

    /// Writes as many as fill a segment; the rows of all but the `kept` are committed at once.
    private func fill(_ from: Int) throws -> BlobWrite {
        let first = try store.beginWriting([try large(from)], .probe)
        for number in from + 1..<from + 40 { try store.beginWriting([try large(number)], .probe).wait() }
        try first.wait()
        return first
    }

    private func isInJournal(_ text: String) throws -> Bool {
        try directory.files(in: "incoming").filter { $0.contains("journal") }.contains {
            try Data(contentsOf: URL(fileURLWithPath: directory.path + "/incoming/" + $0)).range(of: Data(text.utf8))
                != nil
        }
    }

    @Test func `it is not used again before a row that it vouches for is committed`() async throws {
        let before = sync.count
        var uncommitted: BlobWrite? = try fill(0)
        #expect(uncommitted?.isVouchingForRows == true)
        _ = try fill(1000)
        // Both are full, and neither is free: files are synced by themselves.
        #expect(try !store.beginWriting([try large(2000)], .probe).isVouchingForRows)
        #expect(sync.count == before)
        #expect(try isInJournal("blob 0"))

        withExtendedLifetime(uncommitted) {}
        uncommitted = nil
        let (store, blob) = (store, try large(3000))
        try await eventually { try store.beginWriting([blob], .probe).isVouchingForRows }
        #expect(sync.count > before)
    }

    @Test func `what was begun is on disk before the segment is used again, waited for or not`() async throws {
        for number in 0..<100 {
            let write = try store.beginWriting([try large(number)], .probe)
            write.begin()
            if number % 3 == 0 { try write.wait() }
        }
        try await store.settleJournal()
        for number in 0..<100 {
            let blob = try large(number)
            #expect(try store.mapped(blob.digest) == blob.bytes)
        }
    }

    @Test func `where the disk has to be waited for, another thread does`() async throws {
        let isWaited = Mutex(false)
        BlobWrite {
            false
        } synchronise: { () throws(StorageError) in
            isWaited.withLock { $0 = true }
        }.begin()
        try await eventually { isWaited.withLock { $0 } }
    }

    @Test func `it stays where the ledger cannot be synced`() async throws {
        let failure = StorageError.systemCall(name: "fsync", code: EIO)
        sync.fail(failure)
        _ = try fill(0)
        _ = try fill(1000)
        await #expect(throws: failure) { try await store.settleJournal() }
        #expect(try !store.beginWriting([try Blob(Data("afterwards".utf8))], .probe).isVouchingForRows)
        #expect(try isInJournal("blob 0"))
        #expect(try isInJournal("blob 1039"))
    }
}

import Foundation
import Gateway
import Testing

/// A power cut is played: the journal stays, and files that were not synced lose their bytes.
@Suite struct BlobJournalTests {
    private let directory: TemporaryDirectory
    private let store: BlobStore
    private let first: [Blob]

    init() async throws {
        directory = try TemporaryDirectory()
        store = try BlobStore(directory: directory.path)
        // Blobs after which there is a journal.
        first = try (0..<40).map { try Blob(Data("blob \($0)".utf8)) }
        for blob in first { try await store.store([blob]) }
    }

    private var journals: [URL] {
        directory.files(in: "incoming").filter { $0.contains("journal") }
            .map { URL(fileURLWithPath: directory.path + "/incoming/" + $0) }
    }

    /// Stores blobs until one stands in the journal; gives those that do.
    private func journaled() async throws -> [Blob] {
        var blobs: [Blob] = []
        try await eventually {
            let blob = try Blob(Data("journaled \(blobs.count)".utf8) + Data(repeating: 7, count: 3000))
            blobs.append(blob)
            try await store.store([blob])
            return try journals.contains { try Data(contentsOf: $0).range(of: blob.bytes) != nil }
        }
        return [try #require(blobs.last)]
    }

    /// The journal as a killed process leaves it, `change`d; nobody holds its folder.
    private func leaveJournal(_ change: (inout Data) -> Void = { _ in }) throws {
        let left = URL(fileURLWithPath: directory.path + "/incoming/left")
        try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
        try Data().write(to: left.appendingPathComponent("lock"))
        for journal in journals where !journal.path.contains("/left/") {
            var bytes = try Data(contentsOf: journal)
            change(&bytes)
            try bytes.write(to: left.appendingPathComponent(journal.lastPathComponent))
        }
    }

    @Test(arguments: ["gone", "half", "zeros"])
    func `what a power cut took of a file comes back from the journal`(harm: String) async throws {
        let blob = try #require(try await journaled().last)
        try leaveJournal()
        switch harm {
        case "gone": try FileManager.default.removeItem(at: directory.file(of: blob))
        case "half": try blob.bytes.prefix(1000).write(to: directory.file(of: blob))
        default: try Data(count: blob.bytes.count).write(to: directory.file(of: blob))
        }
        let reopened = try BlobStore(directory: directory.path)
        #expect(try await reopened.bytes(of: blob.digest) == blob.bytes)
        for blob in first { #expect(try await reopened.bytes(of: blob.digest) == blob.bytes) }
        #expect(!directory.files(in: "incoming").contains { $0.hasPrefix("left") })
    }

    @Test func `a record that was being written is none`() async throws {
        let blob = try #require(try await journaled().last)
        try leaveJournal { bytes in
            if let place = bytes.range(of: blob.bytes) { bytes[place.upperBound - 1] ^= 1 }
        }
        try FileManager.default.removeItem(at: directory.file(of: blob))
        let reopened = try BlobStore(directory: directory.path)
        await #expect(throws: StorageError.missingBlob(blob.digest)) { try await reopened.bytes(of: blob.digest) }
    }

    @Test(arguments: [0, 1, 95, 96, 511, 4096])
    func `a journal that ends anywhere is read up to there`(count: Int) async throws {
        _ = try await journaled()
        try leaveJournal { $0 = $0.prefix(count) }
        let reopened = try BlobStore(directory: directory.path)
        for blob in first { #expect(try await reopened.bytes(of: blob.digest) == blob.bytes) }
    }

    @Test func `many senders at a time all have their bytes back, whichever way they went`() async throws {
        _ = try await journaled()
        let blobs = try (0..<64).map { try Blob(Data(repeating: UInt8($0), count: 1 << ($0 % 22))) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for blob in blobs { group.addTask { try await store.store([blob]) } }
            try await group.waitForAll()
        }
        for blob in blobs { #expect(try await store.bytes(of: blob.digest) == blob.bytes) }
    }
}

import Foundation
import Gateway
import Testing

/// Instances that stand in the journal are there for everybody, and get their files in time.
@Suite struct UnfiledBlobTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// A store whose journal vouches for rows.
    private func store(segments: Int = 4) async throws -> BlobStore {
        try await directory.journaledStore(segments: segments)
    }

    private func isFiled(_ blob: Blob) throws -> Bool {
        guard FileManager.default.fileExists(atPath: directory.file(of: blob).path) else { return false }
        return try Data(contentsOf: directory.file(of: blob)) == blob.bytes
    }

    private func blob(_ number: Int, count: Int = 100_000) throws -> Blob {
        try Blob(Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ number) }))
    }

    private func take(_ blob: Blob, into store: BlobStore) throws {
        let writing = try store.beginWriting([blob], .probe)
        #expect(writing.isVouchingForRows)
        try writing.wait()
    }

    /// Writes as much as fills a segment; the rows are committed at once.
    private func fillSegment(_ store: BlobStore, _ from: Int) throws -> [Blob] {
        let blobs = try (from..<from + 34).map { try Blob(Data("\($0)".utf8) + Data(count: 960 << 10)) }
        for blob in blobs { try take(blob, into: store) }
        return blobs
    }

    @Test func `whoever asks for one has it, and it has its file then`() async throws {
        let store = try await store()
        let blobs = try (0..<3).map { try blob($0) }
        for blob in blobs { try take(blob, into: store) }
        #expect(store.unfiledByteCount == 300_000)
        #expect(try await store.bytes(of: blobs[0].digest) == blobs[0].bytes)
        #expect(try store.mapped(blobs[1].digest) == blobs[1].bytes)
        #expect(try isFiled(blobs[0]) && isFiled(blobs[1]))
        #expect(store.unfiledByteCount == 100_000)
        try await eventually { try isFiled(blobs[2]) }
        #expect(store.unfiledByteCount == 0)
    }

    @Test func `what comes twice stands there once`() async throws {
        let (store, blob) = (try await store(), try blob(1))
        for _ in 0..<3 { try take(blob, into: store) }
        #expect(store.unfiledByteCount == blob.bytes.count)
        try await store.settleJournal()
        #expect(try isFiled(blob))
        #expect(store.unfiledByteCount == 0)
        try take(blob, into: store)
        try await store.settleJournal()
        #expect(try isFiled(blob))
    }

    @Test(arguments: [1, 32_767, 32_768, 36_863, 36_864, 102_400, 102_401, (1 << 20) - 4096])
    func `a file is whole that was made in a hurry`(count: Int) async throws {
        // Of two segments one is emptied as soon as it is full.
        let (store, blob) = (try await store(segments: 2), try blob(1, count: count))
        try take(blob, into: store)
        _ = try fillSegment(store, 0)
        try await eventually { try isFiled(blob) }
    }

    @Test func `more comes in than the journal holds`() async throws {
        let store = try await store()
        var blobs: [Blob] = []
        for number in 0..<8 {
            let (from, before) = (number * 100, blobs)
            try await eventually { try store.beginWriting([before.last ?? blob(7)], .probe).isVouchingForRows }
            blobs += try fillSegment(store, from)
        }
        #expect(store.unfiledByteCount < blobs.count * 960 << 10)
        try await eventually { store.unfiledByteCount == 0 }
        for blob in blobs { #expect(try isFiled(blob)) }
    }

    @Test func `a file that cannot be made is made later`() async throws {
        let (store, blob) = (try await store(), try blob(1))
        let folder = directory.file(of: blob).deletingLastPathComponent()
        try? FileManager.default.removeItem(at: folder)
        try Data().write(to: folder)
        try take(blob, into: store)
        await #expect(throws: StorageError.self) { try await store.bytes(of: blob.digest) }
        await #expect(throws: StorageError.self) { try await store.settleJournal() }
        #expect(store.unfiledByteCount == blob.bytes.count)
        try FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await eventually { try isFiled(blob) }
        #expect(try await store.bytes(of: blob.digest) == blob.bytes)
    }

    @Test func `all have their files when the store is closed`() async throws {
        let blobs = try (0..<3).map { try blob($0) }
        do {
            let store = try await store()
            for blob in blobs { try take(blob, into: store) }
        }
        for blob in blobs { #expect(try isFiled(blob)) }
        #expect(directory.files(in: "incoming").isEmpty)
    }

    @Test func `a killed one leaves them to the next`() async throws {
        let (store, blobs) = (try await store(), try (0..<3).map { try blob($0) })
        for blob in blobs { try take(blob, into: store) }
        let left = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: left.path + "/incoming", withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path + "/incoming") {
            try FileManager.default.copyItem(
                atPath: directory.path + "/incoming/" + name, toPath: left.path + "/incoming/" + name)
        }
        let next = try BlobStore(directory: left.path, synchroniseLedger: {})
        for blob in blobs { #expect(try await next.bytes(of: blob.digest) == blob.bytes) }
        withExtendedLifetime(store) {}
    }
}

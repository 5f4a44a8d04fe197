import Foundation
import Gateway
import Testing

@Suite struct BlobStoreTests {
    private let directory: TemporaryDirectory
    private let store: BlobStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try BlobStore(directory: directory.path)
    }

    /// What is being written.
    private var growing: [String] { directory.files(in: "incoming").filter { !$0.hasSuffix("/lock") } }

    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ])
    func `the address is the SHA-256 of FIPS 180-4`(text: String, digest: String) throws {
        #expect(try Digest(of: Data(text.utf8)).hexadecimal == digest)
        #expect(Digest(hexadecimal: digest) != nil)
    }

    @Test(arguments: ["", "abc", String(repeating: "G", count: 64), String(repeating: "A", count: 64)])
    func `a text that is no digest is none`(text: String) {
        #expect(Digest(hexadecimal: text) == nil)
    }

    @Test func `what was stored is read back, also by the next process`() async throws {
        let blobs = try ["one", "", String(repeating: "x", count: 3_000_000)].map { try Blob(Data($0.utf8)) }
        try await store.store(blobs)
        let reopened = try BlobStore(directory: directory.path)
        for blob in blobs { #expect(try await reopened.bytes(of: blob.digest) == blob.bytes) }
    }

    @Test func `the same bytes are kept once`() async throws {
        let blob = try Blob(Data("twice".utf8))
        try await store.store([blob, blob])
        try await store.store([blob])
        let name = blob.digest.hexadecimal
        #expect(directory.files(in: "blobs") == ["\(name.prefix(2))/\(name)"])
        #expect(growing.isEmpty)
    }

    @Test func `what a killed process left half written goes at the next start`() throws {
        let (left, young) = (directory.path + "/incoming/left", directory.path + "/incoming/young")
        for folder in [left, young] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data("half".utf8).write(to: URL(fileURLWithPath: folder + "/half"))
        }
        try Data().write(to: URL(fileURLWithPath: left + "/lock"))
        let other = try BlobStore(directory: directory.path)
        #expect(growing == ["young/half"], "a folder without a lock may be one that is being made")
        withExtendedLifetime((store, other)) {}
    }

    @Test func `a missing blob is named`() async throws {
        let digest = try Digest(of: Data("never".utf8))
        await #expect(throws: StorageError.missingBlob(digest)) { try await store.bytes(of: digest) }
    }

    @Test func `a disk that fails is an error and leaves nothing behind`() async throws {
        // A file where a folder has to be stands for any disk that fails.
        let blob = try Blob(Data("nowhere".utf8))
        let folder = directory.path + "/blobs/\(blob.digest.hexadecimal.prefix(2))"
        try Data().write(to: URL(fileURLWithPath: folder))
        await #expect(throws: StorageError.self) { try await store.store([blob]) }
        #expect(growing.isEmpty)
    }

    @Test func `one gateway at a time holds a data directory`() throws {
        let path = directory.path + "/data"
        var first: DataDirectory? = try DataDirectory(path: path)
        #expect(throws: StorageError.inUse) { try DataDirectory(path: path) }
        #expect(first?.path == path)
        first = nil
        _ = try DataDirectory(path: path)
    }
}

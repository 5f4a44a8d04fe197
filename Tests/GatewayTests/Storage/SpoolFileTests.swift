import Foundation
import Gateway
import Testing

/// Instances that are written while they come in.
@Suite struct SpoolFileTests {
    private let directory: TemporaryDirectory
    private let store: BlobStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try BlobStore(directory: directory.path)
    }

    private var growing: [String] { directory.files(in: "incoming").filter { !$0.hasSuffix("lock") } }

    private func bytes(_ count: Int) -> Data {
        Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    }

    private func spool(_ bytes: Data, pieces: Int) throws -> SpoolFile {
        let spool = try store.spool()
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes { try spool.write($0) }
        }
        return spool
    }

    @Test(arguments: [1, 4095, 131_071, 131_072, 131_073, 131_072 + (1 << 20), 2_500_001], [1 << 16, 700_003])
    func `a blob that came in pieces is the blob of all bytes`(count: Int, pieces: Int) async throws {
        let whole = try Blob(bytes(count))
        let blob = try Blob(try spool(whole.bytes, pieces: pieces))
        #expect(blob.digest == whole.digest)
        #expect(blob.bytes == whole.bytes)
        try await store.store([blob])
        #expect(try await store.bytes(of: whole.digest) == whole.bytes)
        #expect(growing.isEmpty)
    }

    @Test func `nothing is a blob too`() async throws {
        let blob = try Blob(try store.spool())
        try await store.store([blob])
        #expect(try await store.bytes(of: blob.digest).isEmpty)
    }

    @Test func `what is held already is not kept twice`() async throws {
        let whole = try Blob(bytes(2_000_000))
        try await store.store([whole])
        do {
            let again = try Blob(try spool(whole.bytes, pieces: 1 << 16))
            #expect(growing.count == 1)
            try await store.store([again])
        }
        #expect(growing.isEmpty)
        #expect(directory.files(in: "blobs").count == 1)
        #expect(try await store.bytes(of: whole.digest) == whole.bytes)
    }

    @Test func `what nobody stores goes with its value`() throws {
        do {
            let spool = try spool(bytes(300_000), pieces: 1 << 16)
            #expect(growing.count == 1)
            #expect(spool.count == 300_000)
        }
        #expect(growing.isEmpty)
    }
}

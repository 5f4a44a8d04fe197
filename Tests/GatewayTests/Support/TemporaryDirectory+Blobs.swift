import Foundation
import Gateway
import Testing

extension TemporaryDirectory {
    /// Where the file of a blob belongs.
    func file(of blob: Blob) -> URL {
        let name = blob.digest.hexadecimal
        return URL(fileURLWithPath: "\(path)/blobs/\(name.prefix(2))/\(name)")
    }

    /// A store here whose journal is empty and vouches for rows.
    func journaledStore(
        segments: Int, synchroniseLedger: @escaping @Sendable () throws(StorageError) -> Void = {}
    ) async throws -> BlobStore {
        let store = try BlobStore(directory: path, journalSegments: segments, synchroniseLedger: synchroniseLedger)
        for number in 0..<40 { try store.write([try Blob(Data("\(number)".utf8))]) }
        let probe = try Blob(Data("probe".utf8))
        try await eventually { try store.beginWriting([probe], .probe).isVouchingForRows }
        try await store.settleJournal()
        return store
    }
}

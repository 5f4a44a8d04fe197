import Foundation
package import ServiceKit

/// Enters in the index what a ledger that is older than it holds.
package struct IndexRepair: Sendable {
    private let ledger: SQLLedger
    private let blobs: BlobStore
    private let log: Logger

    package init(ledger: SQLLedger, blobs: BlobStore, log: Logger) {
        self.ledger = ledger
        self.blobs = blobs
        self.log = log
    }

    /// Instances read at a time.
    private static let step = 64

    package func run() async {
        var last: Int64 = 0
        var entered = 0
        do {
            while !Task.isCancelled {
                let missing = try await ledger.missingFromIndex(after: last, limit: Self.step)
                guard let end = missing.last else { break }
                last = end.number
                let entries = try await offload { _ in missing.compactMap { entry($0.digest) } }
                try await ledger.index(entries)
                entered += entries.count
            }
            if entered > 0 { log.info("instances of before entered in the index", ["instances": .int(entered)]) }
        } catch {
            log.error("instances of before not entered in the index", ["error.text": .string("\(error)")])
        }
    }

    /// Nil where the bytes are gone or cannot be read: nothing can be shown of them.
    private func entry(_ digest: Digest) -> IndexEntry? {
        guard let bytes = try? blobs.mapped(digest), case .success(let header) = InstanceHeader.reading(bytes) else {
            return nil
        }
        return IndexEntry(header: header, digest: digest, byteCount: bytes.count)
    }
}

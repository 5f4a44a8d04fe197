package import Foundation
import ServiceKit

/// Keeps the DICOM objects that Hilum itself makes, so that they are found and retrieved like those that came in.
/// They are no work: nothing is routed, and no study waits for them.
package struct OwnObjects: Sendable {
    private let blobs: BlobStore
    private let index: any InstanceIndexWriter

    package init(blobs: BlobStore, index: any InstanceIndexWriter) {
        self.blobs = blobs
        self.index = index
    }

    /// Stores DICOM files; all of them are on disk and can be found when this returns. Storing the same again changes
    /// nothing.
    ///
    /// - Throws: `InstanceRefusal` where one is no DICOM file with its three UIDs, `StorageError`.
    package func store(_ files: [Data]) async throws {
        let objects = try await offload { _ in
            try files.map { file in (header: try InstanceHeader.reading(file).get(), blob: try Blob(file)) }
        }
        try await blobs.store(objects.map(\.blob))
        try await index.index(
            objects.map { IndexEntry(header: $0.header, digest: $0.blob.digest, byteCount: $0.blob.bytes.count) })
    }
}

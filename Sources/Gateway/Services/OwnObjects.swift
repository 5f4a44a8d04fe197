package import Foundation

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
    package func store(_ files: [Data]) async throws(StorageError) {
        var blobs: [Blob] = []
        var entries: [IndexEntry] = []
        for file in files {
            let blob = try Blob(file)
            blobs.append(blob)
            guard case .success(let header) = InstanceHeader.reading(file) else { continue }
            entries.append(IndexEntry(header: header, digest: blob.digest, byteCount: file.count, isOwn: true))
        }
        try await self.blobs.store(blobs)
        try await index.index(entries)
    }
}

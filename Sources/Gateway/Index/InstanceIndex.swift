package import DICOMweb

/// The headers of everything that is held, for those who search and retrieve it: instances that came in and objects
/// that Hilum made.
///
/// What came in is entered with its ledger row, in the same transaction. Names and other values of patients stand here
/// and in the images alone.
package protocol InstanceIndex: Sendable {
    /// A page of what matches.
    func search(_ request: SearchRequest) async throws(StorageError) -> SearchPage

    /// What is held of a study, a series or an instance, in order of arrival.
    ///
    /// - Parameters:
    ///   - number: the `number` of the last one that is known already; 0 from the beginning.
    ///   - limit: most that are returned.
    func instances(
        of scope: Resource.Scope, after number: Int64, limit: Int
    ) async throws(StorageError) -> [HeldInstance]
}

/// Enters what is to be found.
package protocol InstanceIndexWriter: Sendable {
    /// Enters instances whose bytes are on disk; what is there already is left as it is.
    func index(_ instances: [IndexEntry]) async throws(StorageError)

    /// Takes instances out, by their SOP Instance UIDs, and series and studies that are empty then.
    func removeFromIndex(_ sopInstanceUIDs: [String]) async throws(StorageError)
}

/// An instance to be entered in the index.
package struct IndexEntry: Sendable, Hashable {
    package let header: InstanceHeader
    package let digest: Digest
    package let byteCount: Int
    /// Whether Hilum made it: then it is no instance of the ledger.
    let isOwn: Bool

    package init(header: InstanceHeader, digest: Digest, byteCount: Int, isOwn: Bool = false) {
        self.header = header
        self.digest = digest
        self.byteCount = byteCount
        self.isOwn = isOwn
    }
}

/// A page of a search.
package struct SearchPage: Sendable, Equatable {
    package let results: [SearchResult]
    /// How many there are on all pages.
    package let total: Int

    package init(results: [SearchResult], total: Int) {
        self.results = results
        self.total = total
    }
}

/// An instance as those who retrieve it need to know it.
package struct HeldInstance: Sendable, Hashable {
    /// The index's number of it, growing with arrival.
    package let number: Int64
    package let studyInstanceUID: String
    package let seriesInstanceUID: String
    package let sopInstanceUID: String
    /// Empty where the file does not say.
    package let transferSyntaxUID: String
    package let digest: Digest
    package let byteCount: Int

    package var scope: Resource.Scope {
        Resource.Scope(study: studyInstanceUID, series: seriesInstanceUID, instance: sopInstanceUID)
    }
}

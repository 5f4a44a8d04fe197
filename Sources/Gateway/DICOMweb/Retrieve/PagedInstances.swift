import DICOMweb

/// What is held of a study or a series, a page at a time.
struct PagedInstances {
    private static let pageSize = 200

    private let index: any InstanceIndex
    private let scope: Resource.Scope
    private var page: ArraySlice<HeldInstance> = []
    private var last: Int64 = 0
    private var isAtEnd = false

    init(_ index: any InstanceIndex, _ scope: Resource.Scope) {
        self.index = index
        self.scope = scope
    }

    mutating func next() async throws(StorageError) -> HeldInstance? {
        if page.isEmpty, !isAtEnd {
            page = try await index.instances(of: scope, after: last, limit: Self.pageSize)[...]
            isAtEnd = page.count < Self.pageSize
            last = page.last?.number ?? last
        }
        return page.popFirst()
    }
}

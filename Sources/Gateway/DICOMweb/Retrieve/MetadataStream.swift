import DICOMweb
import Foundation
import Imaging

/// The body of an answer with headers: a JSON list, an element at a time; used by one task.
final class MetadataStream {
    private var instances: PagedInstances
    private let transaction: RetrieveTransaction
    private let url: @Sendable (Resource.Scope) -> String
    private var hasBegun = false
    private var hasEnded = false

    init(
        _ instances: PagedInstances, transaction: RetrieveTransaction,
        url: @escaping @Sendable (Resource.Scope) -> String
    ) {
        self.instances = instances
        self.transaction = transaction
        self.url = url
    }

    func next() async throws -> Data? {
        guard !hasEnded else { return nil }
        guard let instance = try await instances.next() else {
            hasEnded = true
            return Data((hasBegun ? "]" : "[]").utf8)
        }
        let (transaction, root) = (transaction, url(instance.scope))
        let object = try await transaction.work {
            try DataSetJSON.write(try transaction.dataSet(of: instance)) { "\(root)/bulkdata/\($0.text)" }
        }
        defer { hasBegun = true }
        return Data((hasBegun ? "," : "[").utf8) + object
    }
}

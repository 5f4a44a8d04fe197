package import RPC
import Synchronization

/// The replicas of a service that are known now, for those who ask them for more than calls.
package final class ReplicaList: Sendable {
    private let endpoints = Mutex<[Endpoint]>([])

    /// - Parameter targets: those that name one replica are known from the start.
    package init(_ targets: [Target] = []) {
        for case .replica(let address) in targets { add(Endpoint(address: address)) }
    }

    package var all: [Endpoint] { endpoints.withLock { $0 } }

    package func add(_ endpoint: Endpoint) {
        endpoints.withLock { if !$0.contains(endpoint) { $0.append(endpoint) } }
    }

    package func remove(_ endpoint: Endpoint) {
        endpoints.withLock { $0.removeAll { $0 == endpoint } }
    }
}

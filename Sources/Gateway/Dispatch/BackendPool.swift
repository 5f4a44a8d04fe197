package import RPC
import Synchronization
package import Wire

/// One service behind the gateway: its replicas, and whether any of them can be reached.
package final class BackendPool: Sendable {
    private struct State {
        var isUnreachable = false
        var hasRecovered = false
    }

    package let route: Route
    /// The replicas known now.
    package let replicas: ReplicaList
    private let client: BalancedClient
    private let state = Mutex(State())

    package init(_ route: Route, client: BalancedClient, replicas: ReplicaList = ReplicaList()) {
        self.replicas = replicas
        self.route = route
        self.client = client
    }

    /// False while the last call reached no replica.
    package var isReachable: Bool { state.withLock { !$0.isUnreachable } }

    /// True once after the service came back: what waited for it can be sent.
    package func takeRecovery() -> Bool {
        state.withLock { state in
            defer { state.hasRecovered = false }
            return state.hasRecovered
        }
    }

    /// Keeps up which replicas there are and how they are, until its Task is cancelled.
    package func run() async {
        await client.run()
    }

    /// Calls a replica.
    ///
    /// - Parameter timeout: handed on to the replica, so that it stops too.
    /// - Throws: the status of the replica that was reached, or the last `unavailable`.
    package func unary<Request: Message, Response: Message>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, timeout: Duration?
    ) async throws(RPCStatus) -> Response {
        do throws(RPCStatus) {
            let response = try await client.unary(method, request, timeout: timeout)
            noteReached()
            return response
        } catch {
            switch error.code {
            case .unavailable: state.withLock { $0.isUnreachable = true }
            // These may be ours: they do not say that the service is there.
            case .deadlineExceeded, .cancelled: break
            default: noteReached()
            }
            throw error
        }
    }

    private func noteReached() {
        state.withLock { state in
            state.hasRecovered = state.hasRecovered || state.isUnreachable
            state.isUnreachable = false
        }
    }
}

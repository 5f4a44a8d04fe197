package import RPC
import Synchronization
package import Wire

/// The replicas of one service: a call goes to the next one in turn that is not known to be down.
///
/// A replica that cannot be reached is passed over for a while; when all are down, the one that has been down longest
/// is tried, so that the pool notices when it comes back.
package final class BackendPool: Sendable {
    private struct State {
        var next = 0
        /// When a replica that could not be reached is tried again, by its index.
        var downUntil: [Int: Timestamp] = [:]
        var isUnreachable = false
        var hasRecovered = false
    }

    package let route: Route
    private let replicas: [any RPCCaller]
    private let coolDown: Duration
    private let clock: any WallClock
    private let state = Mutex(State())

    /// - Parameter coolDown: how long a replica that could not be reached is passed over.
    package init(
        _ route: Route, replicas: [any RPCCaller], coolDown: Duration = .seconds(2),
        clock: any WallClock = SystemWallClock()
    ) {
        self.route = route
        self.replicas = replicas
        self.coolDown = coolDown
        self.clock = clock
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

    /// Calls one replica after the other until one can be reached; only for methods that may be repeated.
    ///
    /// - Throws: the status of the replica that was reached, or the last `unavailable`.
    package func unary<Request: Message, Response: Message>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, timeout: Duration?
    ) async throws(RPCStatus) -> Response {
        var last = RPCStatus(.unavailable, "no \(route.rawValue) is configured")
        for index in order() {
            do throws(RPCStatus) {
                let response: Response = try await replicas[index].unary(method, request, timeout: timeout)
                noteReached(index)
                return response
            } catch {
                guard error.code == .unavailable else {
                    noteAnswer(error, of: index)
                    throw error
                }
                noteDown(index)
                last = error
            }
        }
        state.withLock { $0.isUnreachable = true }
        throw last
    }

    /// The replicas in the order in which they are tried: in turn, those known to be down last.
    private func order() -> [Int] {
        let now = clock.now
        return state.withLock { state in
            let count = replicas.count
            guard count > 0 else { return [] }
            let start = state.next % count
            state.next = (start + 1) % count
            let inTurn = (0..<count).map { (start + $0) % count }
            let downUntil = state.downUntil.filter { $0.value > now }
            let down = inTurn.filter { downUntil[$0] != nil }
                .sorted { (downUntil[$0] ?? now) < (downUntil[$1] ?? now) }
            return inTurn.filter { downUntil[$0] == nil } + down
        }
    }

    /// A deadline or a cancellation may be ours: they do not say that the replica is there.
    private func noteAnswer(_ status: RPCStatus, of index: Int) {
        if status.code != .deadlineExceeded, status.code != .cancelled { noteReached(index) }
    }

    private func noteReached(_ index: Int) {
        state.withLock { state in
            state.downUntil[index] = nil
            if state.isUnreachable {
                state.isUnreachable = false
                state.hasRecovered = true
            }
        }
    }

    private func noteDown(_ index: Int) {
        let until = clock.now + coolDown
        state.withLock { $0.downUntil[index] = until }
    }
}

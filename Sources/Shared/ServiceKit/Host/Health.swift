import Synchronization

/// Whether the program takes work, for `/healthz/ready` and `grpc.health.v1.Health`; it can be watched.
///
/// Draining is final: what is set afterwards changes nothing.
package final class Health: Sendable {
    /// What the program says of itself.
    package enum State: Equatable, Sendable {
        /// Work is taken.
        case ready
        /// No work is taken; the reason is constant text for operators.
        case notReady(reason: String)
        /// The program is on its way to its end.
        case draining

        /// The state in one word or sentence.
        package var text: String {
            switch self {
            case .ready: "ready"
            case .notReady(let reason): reason
            case .draining: "draining"
            }
        }
    }

    private struct Shared {
        var state = State.notReady(reason: "starting")
        var watchers: [UInt64: AsyncStream<State>.Continuation] = [:]
        var nextWatcher: UInt64 = 0
    }

    private let shared = Mutex(Shared())
    /// Held while watchers are told, so that they hear of states in order.
    private let telling = Mutex(())

    package init() {}

    /// The state now.
    package var state: State {
        shared.withLock { $0.state }
    }

    /// Changes the state and tells the watchers.
    package func set(_ state: State) {
        telling.withLock { _ in
            let watchers: [AsyncStream<State>.Continuation] = shared.withLock { shared in
                guard shared.state != .draining, shared.state != state else { return [] }
                shared.state = state
                return Array(shared.watchers.values)
            }
            // Without `shared`: this takes the lock of a Task that waits, and a Task that is being cancelled holds its own
            // while `onTermination` asks for `shared`.
            for watcher in watchers {
                watcher.yield(state)
                if state == .draining { watcher.finish() }
            }
        }
    }

    /// The state now and each later one; ends after `draining`. A slow reader gets the newest.
    package func states() -> AsyncStream<State> {
        let (stream, continuation) = AsyncStream.makeStream(of: State.self, bufferingPolicy: .bufferingNewest(1))
        let (id, isDraining) = shared.withLock { shared in
            continuation.yield(shared.state)
            shared.nextWatcher += 1
            shared.watchers[shared.nextWatcher] = continuation
            return (shared.nextWatcher, shared.state == .draining)
        }
        continuation.onTermination = { [weak self] _ in
            self?.shared.withLock { $0.watchers[id] = nil }
        }
        if isDraining { continuation.finish() }
        return stream
    }
}

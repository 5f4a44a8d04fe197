import Foundation
import Synchronization

/// What one model has done since the program started (Triton's statistics extension).
package final class InferenceStatistics: Sendable {
    /// How often something happened and how long it took in all.
    struct Total: Sendable, Equatable {
        private(set) var count: UInt64 = 0
        private(set) var nanoseconds: UInt64 = 0

        mutating func add(_ duration: Duration) {
            count += 1
            nanoseconds += UInt64(max(0, duration / .nanoseconds(1)))
        }
    }

    /// Requests of one batch size.
    struct Batch: Sendable, Equatable {
        var input = Total()
        var network = Total()
        var output = Total()
    }

    /// The figures at one moment.
    struct Snapshot: Sendable, Equatable {
        /// Milliseconds since 1970 of the last request's arrival; 0 for none.
        var lastInference: UInt64 = 0
        /// A batch of N counts N.
        var inferences: UInt64 = 0
        /// A batch of N counts 1.
        var executions: UInt64 = 0
        var success = Total()
        var failure = Total()
        var queue = Total()
        var input = Total()
        var network = Total()
        var output = Total()
        /// By batch size.
        var batches: [Int: Batch] = [:]
    }

    private let state = Mutex(Snapshot())

    package init() {}

    var snapshot: Snapshot { state.withLock { $0 } }

    func arrived(at date: Date = Date()) {
        state.withLock { $0.lastInference = UInt64(max(0, date.timeIntervalSince1970 * 1000)) }
    }

    /// A request was answered.
    ///
    /// - Parameters:
    ///   - batch: first extent of its tensors.
    ///   - total: from its arrival to its answer.
    func succeeded(batch: Int, total: Duration, _ times: Inference.Times) {
        state.withLock { state in
            state.inferences += UInt64(batch)
            state.executions += 1
            state.success.add(total)
            state.queue.add(times.queue)
            state.input.add(times.input)
            state.network.add(times.network)
            state.output.add(times.output)
            state.batches[batch, default: Batch()].input.add(times.input)
            state.batches[batch, default: Batch()].network.add(times.network)
            state.batches[batch, default: Batch()].output.add(times.output)
        }
    }

    /// A request was refused or failed.
    func failed(total: Duration) {
        state.withLock { $0.failure.add(total) }
    }
}

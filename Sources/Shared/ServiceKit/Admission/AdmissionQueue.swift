import Synchronization

/// Why a request was not let in.
package enum AdmissionError: Error, Equatable, Sendable {
    /// All places and the queue are taken. `retryAfter` is when a place should be free, from the recent pace.
    case queueFull(limit: Int, retryAfter: Duration)
    /// The caller's deadline passed before a place was free; the work was not started.
    case deadlinePassed
}

/// Lets a bounded number of requests work at the same time and a bounded number wait, first come first served.
///
/// Work that nobody waits for is not started: a waiting request whose task is cancelled or whose deadline has passed
/// leaves the queue.
package final class AdmissionQueue: Sendable {
    /// Tells the time; tests give their own.
    package typealias Now = @Sendable () -> ContinuousClock.Instant

    private struct Waiter {
        let id: UInt64
        let deadline: ContinuousClock.Instant?
        let arrival: ContinuousClock.Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var running = 0
        var waiting: [Waiter] = []
        var nextID: UInt64 = 0
        /// Exponential mean of the time one request works.
        var meanWork = Duration.seconds(1)
    }

    /// Requests that may work at the same time.
    package let concurrency: Int
    /// Requests that may wait.
    package let queueLimit: Int
    private let now: Now
    private let state = Mutex(State())

    package init(concurrency: Int, queueLimit: Int, now: @escaping Now = { ContinuousClock.now }) {
        precondition(concurrency > 0 && queueLimit >= 0)
        self.concurrency = concurrency
        self.queueLimit = queueLimit
        self.now = now
    }

    /// Requests at work and waiting now.
    package var load: (running: Int, waiting: Int) {
        state.withLock { ($0.running, $0.waiting.count) }
    }

    /// How long the request at the head of the queue has been waiting; nil while nobody waits.
    package var longestWait: Duration? {
        state.withLock { $0.waiting.first?.arrival }.map { now() - $0 }
    }

    /// Waits for a place, then does `work` with the time waited.
    ///
    /// - Throws: `AdmissionError`, `CancellationError` when the task is cancelled while waiting, or what `work` throws.
    package func run<Result: Sendable>(
        deadline: ContinuousClock.Instant? = nil, _ work: (_ waited: Duration) async throws -> Result
    ) async throws -> Result {
        let arrival = now()
        try await enter(at: arrival, deadline: deadline)
        let start = now()
        defer { leave(after: now() - start) }
        return try await work(start - arrival)
    }

    private func enter(at arrival: ContinuousClock.Instant, deadline: ContinuousClock.Instant?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let waiter = Waiter(
                    id: id, deadline: deadline, arrival: arrival, continuation: continuation)
                let answer = state.withLock { admit(waiter, in: &$0) }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Gives the answer at once, or queues the waiter and gives nil.
    private func admit(_ waiter: Waiter, in state: inout State) -> Result<Void, any Error>? {
        if Task.isCancelled { return .failure(CancellationError()) }
        if isExpired(waiter) { return .failure(AdmissionError.deadlinePassed) }
        if state.running < concurrency {
            state.running += 1
            return .success(())
        }
        guard state.waiting.count < queueLimit else {
            let pace = state.meanWork / concurrency
            let retryAfter = pace * (state.waiting.count + 1)
            return .failure(AdmissionError.queueFull(limit: queueLimit, retryAfter: retryAfter))
        }
        state.waiting.append(waiter)
        return nil
    }

    private func leave(after work: Duration) {
        var expired: [Waiter] = []
        let next: Waiter? = state.withLock { state in
            state.meanWork = (state.meanWork * 7 + work) / 8
            while !state.waiting.isEmpty {
                let waiter = state.waiting.removeFirst()
                if !isExpired(waiter) { return waiter }
                expired.append(waiter)
            }
            state.running -= 1
            return nil
        }
        expired.forEach { $0.continuation.resume(throwing: AdmissionError.deadlinePassed) }
        next?.continuation.resume()
    }

    private func isExpired(_ waiter: Waiter) -> Bool {
        waiter.deadline.map { $0 <= now() } ?? false
    }
}

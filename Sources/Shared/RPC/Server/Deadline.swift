import Synchronization

/// A time after which nobody waits for a call.
package enum Deadline {
    /// Longer time-outs count as none, so that no clock overflows.
    private static let longest = Duration.seconds(365 * 24 * 3600)

    /// The instant at which `timeout` is over; nil where it has no practical end.
    package static func after(_ timeout: Duration?) -> ContinuousClock.Instant? {
        guard let timeout, timeout < longest else { return nil }
        return .now + timeout
    }

    /// Runs `body`, which takes next to no time, unless the deadline has passed: two Tasks and a timer less than `run`.
    static func runUnwatched<T>(
        before deadline: ContinuousClock.Instant?, _ body: () async throws -> T
    ) async throws -> T {
        if let deadline, deadline <= .now { throw RPCStatus.deadlinePassed }
        return try await body()
    }

    /// Runs `body`; where the deadline or a cancellation comes first, cancels it and throws at once, without
    /// waiting for a body that does not listen.
    package static func run<T: Sendable>(
        until deadline: ContinuousClock.Instant?, _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        guard let deadline else { return try await body() }
        guard deadline > .now else { throw RPCStatus.deadlinePassed }
        let race = Race<T>()
        let work = Task {
            do {
                race.settle(.success(try await body()))
            } catch {
                race.settle(.failure(error))
            }
        }
        let timer = Task {
            try await Task.sleep(until: deadline, clock: .continuous)
            race.settle(.failure(RPCStatus.deadlinePassed))
            work.cancel()
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await race.result()
        } onCancel: {
            work.cancel()
            race.settle(.failure(CancellationError()))
        }
    }
}

extension RPCStatus {
    static let deadlinePassed = RPCStatus(.deadlineExceeded, "the deadline has passed")
}

/// A result that whoever comes first decides.
private final class Race<T: Sendable>: Sendable {
    private struct State {
        var result: Result<T, any Error>?
        var waiting: CheckedContinuation<T, any Error>?
    }

    private let state = Mutex(State())

    func settle(_ result: Result<T, any Error>) {
        let waiting = state.withLock { state in
            guard state.result == nil else { return nil as CheckedContinuation<T, any Error>? }
            state.result = result
            return state.waiting.take()
        }
        waiting?.resume(with: result)
    }

    func result() async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state in
                if state.result == nil { state.waiting = continuation }
                return state.result
            }
            if let result { continuation.resume(with: result) }
        }
    }
}

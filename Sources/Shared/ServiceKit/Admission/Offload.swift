import Dispatch
import Synchronization

/// Tells long work that nobody waits for it any more.
package final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    package init() {}

    /// Asks the work to stop at its next check.
    package func cancel() {
        flag.store(true, ordering: .relaxed)
    }

    /// - Throws: `CancellationError` after `cancel()`.
    package func check() throws(CancellationError) {
        if isCancelled { throw CancellationError() }
    }

    package var isCancelled: Bool { flag.load(ordering: .relaxed) }
}

/// Does long synchronous work on a thread of its own, so that it never holds a thread of Swift's concurrency pool, and
/// begins however many others wait for something: each queue has a thread, which a concurrent one shares out.
///
/// Callers bound how many run at the same time (`AdmissionQueue`). The work sees the task's cancellation through its
/// flag and checks it between its steps.
package func offload<Result: Sendable>(
    _ work: @escaping @Sendable (CancellationFlag) throws -> Result
) async throws -> Result {
    let flag = CancellationFlag()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "hilum.offload").async { continuation.resume(with: Swift.Result { try work(flag) }) }
        }
    } onCancel: {
        flag.cancel()
    }
}

import CKernels
import Dispatch
import Synchronization

/// The threads and the kernels that networks compute with, apart from the threads that serve connections.
///
/// One inference at a time has all threads; further ones wait in order of arrival. Several networks may share a pool.
package final class ComputePool: @unchecked Sendable {  // `handle` is used on `queue` only
    package let threads: Int
    package let tier: KernelTier
    let kernels: UnsafePointer<nn_kernels>
    private let handle: OpaquePointer
    private let alone: OpaquePointer  // no threads of its own: its caller does all
    private let queue = DispatchQueue(label: "hilum.compute", qos: .userInitiated)

    /// - Parameters:
    ///   - threads: how many threads compute at a time, 1 … 1024.
    ///   - tier: the kernels; a program may let its user force one, libraries never read the environment.
    /// - Throws: `tierUnavailable` on a CPU without its instructions, `threadsUnavailable`.
    package init(threads: Int, tier: KernelTier = .best) throws(NeuralNetworkError) {
        guard let kernels = tier.kernels else { throw .tierUnavailable(name: tier.rawValue) }
        guard (1...1024).contains(threads), let handle = nn_pool_create(Int32(threads)), let alone = nn_pool_create(1)
        else { throw .threadsUnavailable(count: threads) }
        self.threads = threads
        self.tier = tier
        self.kernels = kernels
        self.handle = handle
        self.alone = alone
    }

    deinit {
        nn_pool_destroy(handle)
        nn_pool_destroy(alone)
    }

    /// Runs `body` with all threads to itself; blocks the calling thread until it is done.
    func exclusively<R, E: Error>(_ body: (Workers) throws(E) -> R) throws(E) -> R {
        let result: Result<R, E> = queue.sync {
            Result { () throws(E) in try body(Workers(pool: handle, alone: alone, kernels: kernels)) }
        }
        return try result.get()
    }

    /// Runs blocking work that ends in `run` away from Swift's cooperative threads.
    ///
    /// Work whose task is cancelled while it waits is not begun.
    /// - Throws: `CancellationError`, or what the body throws.
    package func perform<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        let cancelled = Atomic<Bool>(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiting.async {
                    let isCancelled = cancelled.load(ordering: .acquiring)
                    continuation.resume(
                        with: Result { if isCancelled { throw CancellationError() } else { return try body() } })
                }
            }
        } onCancel: {
            cancelled.store(true, ordering: .releasing)
        }
    }

    /// One request at a time leaves this queue, so that a request cancelled behind another is still caught in time.
    private let waiting = DispatchQueue(label: "hilum.compute.waiting", qos: .userInitiated)
}

/// The threads and kernels of a pool, in the hands of the one who may use them now.
struct Workers {
    let pool: OpaquePointer
    fileprivate let alone: OpaquePointer
    let kernels: UnsafePointer<nn_kernels>
    var threads: Int { Int(nn_pool_threads(pool)) }

    /// Runs `body` for each index, an index a thread.
    ///
    /// - Parameter body: gets the number of the thread, the index, and what to compute with on that thread alone.
    func forEach(_ count: Int, _ body: (_ worker: Int, _ index: Int, _ alone: Workers) -> Void) {
        withoutActuallyEscaping(body) { body in
            var job = Job(body: body, workers: Workers(pool: alone, alone: alone, kernels: kernels))
            withUnsafeMutablePointer(to: &job) { job in
                nn_pool_for(
                    pool, Int64(count),
                    { context, worker, index in
                        guard let job = context?.assumingMemoryBound(to: Job.self) else { return }
                        job.pointee.body(Int(worker), Int(index), job.pointee.workers)
                    }, job)
            }
        }
    }

    private struct Job {
        let body: (Int, Int, Workers) -> Void
        let workers: Workers
    }
}

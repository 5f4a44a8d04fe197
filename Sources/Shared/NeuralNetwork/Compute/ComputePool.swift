import CKernels

/// The threads and the kernels that networks compute with, apart from the threads that serve connections.
///
/// Inferences wait in order of arrival for all threads or for one of them (`ComputeQueue`). Several networks may share a
/// pool.
package final class ComputePool: @unchecked Sendable {  // `handle` is used by one who has all threads
    package let threads: Int
    package let tier: KernelTier
    let kernels: UnsafePointer<nn_kernels>
    private let handle: OpaquePointer
    private let alone: OpaquePointer  // no threads of its own: its caller does all
    private let queue: ComputeQueue

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
        queue = ComputeQueue(threads: threads)
    }

    deinit {
        nn_pool_destroy(handle)
        nn_pool_destroy(alone)
    }

    /// Whether no thread is without work.
    var isFull: Bool { queue.isFull }

    /// From so many images on that wait, each may have a thread of its own.
    var manyWaiting: Int { queue.manyWaiting }

    /// Runs `body` with all threads to itself; blocks the calling thread until it is done.
    func exclusively<R, E: Error>(_ body: (Workers) throws(E) -> R) throws(E) -> R {
        try inTurn(times: nil, body)
    }

    /// Runs `body` when its turn comes, with all threads or, where many wait, with the calling thread alone.
    ///
    /// - Parameter times: of work that one thread may do; nil: it needs all of them.
    func inTurn<R, E: Error>(times: ComputeQueue.Times?, _ body: (Workers) throws(E) -> R) throws(E) -> R {
        try queue.inTurn(times: times) { (turn) throws(E) in
            switch turn {
            case .together: try body(Workers(pool: handle, alone: alone, kernels: kernels, thread: nil))
            case .alone(let thread): try body(Workers(pool: alone, alone: alone, kernels: kernels, thread: thread))
            }
        }
    }
}

/// The threads and kernels of a pool, in the hands of the one who may use them now.
struct Workers {
    let pool: OpaquePointer
    fileprivate let alone: OpaquePointer
    let kernels: UnsafePointer<nn_kernels>
    /// The one thread that this is, counted from 0; nil: all of them.
    let thread: Int?
    var threads: Int { Int(nn_pool_threads(pool)) }

    /// Runs `body` for each index, an index a thread.
    ///
    /// - Parameter body: gets the index, and what to compute with on that thread alone.
    func forEach(_ count: Int, _ body: (_ index: Int, _ alone: Workers) -> Void) {
        withoutActuallyEscaping(body) { body in
            var job = Job(body: body, all: self)
            withUnsafeMutablePointer(to: &job) { job in
                nn_pool_for(
                    pool, Int64(count),
                    { context, worker, index in
                        guard let job = context?.assumingMemoryBound(to: Job.self) else { return }
                        let all = job.pointee.all
                        let one = Workers(
                            pool: all.alone, alone: all.alone, kernels: all.kernels, thread: Int(worker))
                        job.pointee.body(Int(index), one)
                    }, job)
            }
        }
    }

    private struct Job {
        let body: (Int, Workers) -> Void
        let all: Workers
    }
}

import Foundation

/// Threads for work that waits for the disk: as many as there is work, up to a limit, and kept for what comes next.
/// Dispatch has as many threads as there are cores, and adds to those that wait only after a while.
///
/// Tasks that prefer them as their executor may wait where they stand, and change threads no more.
final class BlockingThreads: TaskExecutor, @unchecked Sendable {  // `condition` guards the state
    static let shared = BlockingThreads(limit: 32)
    private static let stackBytes = 1 << 20

    private let limit: Int
    private let condition = NSCondition()
    private var waiting: [@Sendable () -> Void] = []
    private var idleCount = 0
    private var count = 0

    init(limit: Int) {
        self.limit = limit
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        async { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    func async(_ work: @escaping @Sendable () -> Void) {
        condition.lock()
        add(work)
    }

    /// Does nothing where all threads are at work: for work that somebody else would do as well.
    func asyncIfFree(_ work: @escaping @Sendable () -> Void) {
        condition.lock()
        guard waiting.count < idleCount || count < limit else { return condition.unlock() }
        add(work)
    }

    /// Ends the lock.
    private func add(_ work: @escaping @Sendable () -> Void) {
        waiting.append(work)
        let isNew = idleCount < waiting.count && count < limit
        if isNew { count += 1 }
        condition.unlock()
        // Whoever is woken takes the lock first.
        condition.signal()
        guard isNew else { return }
        let thread = Thread { [self] in
            while true { next()() }
        }
        thread.stackSize = Self.stackBytes
        thread.name = "hilum.disk"
        thread.start()
    }

    private func next() -> @Sendable () -> Void {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty {
            idleCount += 1
            condition.wait()
            idleCount -= 1
        }
        return waiting.removeFirst()
    }

    /// Does blocking work, and suspends its caller meanwhile.
    func run<Value: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            async { continuation.resume(returning: Result(catching: work)) }
        }
        return try result.get()
    }
}

import Dispatch
import Foundation
import Synchronization

/// Threads for work that waits for the disk: as many as there is work, up to a limit, and kept for what comes next.
/// Dispatch has as many threads as there are cores, and adds to those that wait only after a while.
///
/// The thread that has been idle for the shortest time is used next: it finds most of what it needs in the processor's
/// caches. Tasks that prefer these threads as their executor may wait where they stand, and change threads no more.
package final class BlockingThreads: TaskExecutor {
    package typealias Work = @Sendable () -> Void

    package static let shared = BlockingThreads(limit: 32)
    private static let stackBytes = 1 << 20

    private final class Idle: @unchecked Sendable {  // `work` is set before `wake` is signalled and read after
        let wake = DispatchSemaphore(value: 0)
        var work: Work?
    }

    private struct State {
        /// The one that became idle last is the last.
        var idle: [Idle] = []
        /// Work for which there is no thread.
        var waiting: [Work] = []
        var count = 0
    }

    private enum Place {
        case idle(Idle)
        case new, waiting
    }

    private let limit: Int
    private let state = Mutex(State())

    package init(limit: Int) {
        self.limit = limit
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        async { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    package func async(_ work: @escaping Work) {
        start(work, waits: true)
    }

    /// Does nothing where all threads are at work: for work that somebody else would do as well.
    package func asyncIfFree(_ work: @escaping Work) {
        start(work, waits: false)
    }

    private func start(_ work: @escaping Work, waits: Bool) {
        let place = state.withLock { state -> Place in
            if let idle = state.idle.popLast() { return .idle(idle) }
            if state.count < limit {
                state.count += 1
                return .new
            }
            if waits { state.waiting.append(work) }
            return .waiting
        }
        switch place {
        case .idle(let idle):
            idle.work = work
            idle.wake.signal()
        case .new:
            let thread = Thread { [self] in
                let idle = Idle()
                work()
                while true { next(idle)() }
            }
            thread.stackSize = Self.stackBytes
            thread.name = "hilum.disk"
            thread.start()
        case .waiting: break
        }
    }

    /// What the calling thread does next.
    private func next(_ idle: Idle) -> Work {
        let waiting = state.withLock { state -> Work? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.idle.append(idle)
            return nil
        }
        if let waiting { return waiting }
        while true {
            idle.wake.wait()
            if let work = idle.work.take() { return work }
        }
    }

    /// Does blocking work, and suspends its caller meanwhile.
    package func run<Value: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            async { continuation.resume(returning: Result(catching: work)) }
        }
        return try result.get()
    }
}

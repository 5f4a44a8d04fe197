import Dispatch
import Synchronization

/// Who computes next: one with all threads, or several with a thread each. First come, first served.
///
/// Who comes alone gets all threads, since then its answer comes soonest. Where `manyWaiting` wait, those that may have
/// a thread each, since threads that wait for no other get more done. That goes on while somebody waits behind the next
/// one; the last one takes a free thread or waits for all of them, whichever should give its answer sooner.
package final class ComputeQueue: Sendable {
    /// What a caller computes with.
    package enum Turn: Equatable, Sendable {
        /// All threads.
        case together
        /// One of them, counted from 0.
        case alone(thread: Int)
    }

    /// How long somebody's work takes, as far as that is known.
    package struct Times: Equatable, Sendable {
        /// With all threads.
        package let together: Duration?
        /// With one of them, while the others work too.
        package let alone: Duration?

        package init(together: Duration?, alone: Duration?) {
            self.together = together
            self.alone = alone
        }
    }

    private final class Waiter: Sendable {
        let times: Times?
        let turn = Mutex<Turn?>(nil)
        let isNext = DispatchSemaphore(value: 0)

        init(times: Times?) { self.times = times }
    }

    private struct State {
        var waiting: [Waiter] = []
        /// Threads that nobody has.
        var free: [Int]
        /// When those that have a thread each should be done, by thread.
        var ends: [Int: ContinuousClock.Instant] = [:]
    }

    package let threads: Int
    private let state: Mutex<State>

    package init(threads: Int) {
        self.threads = threads
        state = Mutex(State(free: Array((0..<threads).reversed())))
    }

    /// So many that wait are many: more than the two that happen to meet at low load, whose answers come sooner one after
    /// the other.
    package var manyWaiting: Int { max(3, threads) }

    /// Whether no thread is without work.
    package var isFull: Bool { state.withLock { $0.free.isEmpty } }

    /// How many wait for their turn.
    package var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Calls `body` when its turn comes; blocks the calling thread until it is done.
    ///
    /// - Parameter times: of work that one thread may do; nil: it needs all of them.
    package func inTurn<R, E: Error>(times: Times?, _ body: (Turn) throws(E) -> R) throws(E) -> R {
        let waiter = Waiter(times: times)
        state.withLock { state in
            state.waiting.append(waiter)
            grant(&state)
        }
        waiter.isNext.wait()
        let turn = waiter.turn.withLock { $0 } ?? .together
        defer {
            state.withLock { state in
                switch turn {
                case .together: state.free = Array((0..<threads).reversed())
                case .alone(let thread):
                    state.free.append(thread)
                    state.ends[thread] = nil
                }
                grant(&state)
            }
        }
        return try body(turn)
    }

    /// Gives turns to those at the head of the queue for whom there are threads.
    private func grant(_ state: inout State) {
        while let next = state.waiting.first, let turn = turn(of: next, &state) {
            state.waiting.removeFirst()
            next.turn.withLock { $0 = turn }
            next.isNext.signal()
        }
    }

    private func turn(of next: Waiter, _ state: inout State) -> Turn? {
        let nobodyComputes = state.free.count == threads
        if let times = next.times, let thread = state.free.last {
            let now = ContinuousClock.now
            let isAlone =
                nobodyComputes
                ? state.waiting.count >= manyWaiting
                : state.waiting.count > 1 || isSooner(times, than: state.ends.values.max(), at: now)
            if isAlone {
                state.free.removeLast()
                state.ends[thread] = now + (times.alone ?? .zero)
                return .alone(thread: thread)
            }
        }
        guard nobodyComputes else { return nil }
        state.free = []
        return .together
    }

    /// Whether work on one thread ends before it would when all threads took it up once the others are done.
    private func isSooner(
        _ times: Times, than othersEnd: ContinuousClock.Instant?, at now: ContinuousClock.Instant
    ) -> Bool {
        guard let alone = times.alone, let together = times.together, let othersEnd else { return false }
        return now + alone < max(othersEnd, now) + together
    }
}

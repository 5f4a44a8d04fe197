import Dispatch
import Synchronization

/// Work that one of those who wait for it does for all.
///
/// Whoever has done it wakes those for whom it was enough, and one of the others to do it again. Nobody is woken for
/// nothing.
package final class GroupWork: Sendable {
    private final class Waiter: @unchecked Sendable {  // `state` guards `leads`
        let isDone: @Sendable () -> Bool
        let wake = DispatchSemaphore(value: 0)
        /// Nobody else is at work: it is this one's turn.
        var leads = false

        init(_ isDone: @escaping @Sendable () -> Bool) {
            self.isDone = isDone
        }
    }

    private struct State {
        var isUnderWay = false
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Returns when `isDone` says so; until then it does `work` on this thread whenever no other thread is at it.
    ///
    /// - Parameter isDone: asked on any of the threads that wait; what is done stays done.
    package func wait(until isDone: @escaping @Sendable () -> Bool, doing work: () -> Void) {
        let waiter = Waiter(isDone)
        if !isTurn(of: waiter) {
            waiter.wake.wait()
            guard waiter.leads else { return }
        }
        while !isDone() {
            work()
            wakeThoseDone()
        }
        handOver()
    }

    /// Whether nobody is at work: then this one is. Otherwise it will be woken.
    private func isTurn(of waiter: Waiter) -> Bool {
        state.withLock { state in
            if state.isUnderWay { state.waiters.append(waiter) }
            defer { state.isUnderWay = true }
            return !state.isUnderWay
        }
    }

    private func wakeThoseDone() {
        let done = state.withLock { state in
            let done = state.waiters.filter { $0.isDone() }
            if !done.isEmpty { state.waiters.removeAll { waiter in done.contains { $0 === waiter } } }
            return done
        }
        for waiter in done { waiter.wake.signal() }
    }

    private func handOver() {
        let next = state.withLock { state -> Waiter? in
            guard !state.waiters.isEmpty else {
                state.isUnderWay = false
                return nil
            }
            let next = state.waiters.removeFirst()
            next.leads = true
            return next
        }
        next?.wake.signal()
    }
}

import Foundation
import Gateway
import Synchronization
import Testing

@Suite struct GroupWorkTests {
    /// Tasks that come one after the other and are done by rounds of the work.
    private final class Rounds: Sendable {
        struct State {
            var waiting: [Int] = []
            var done: Set<Int> = []
            var rounds = 0
            var isAtWork = false
            var wasCrowded = false
        }
        let state = Mutex(State())

        /// Does what waits, at most `limit`.
        func work(limit: Int) {
            let taken = state.withLock { state -> [Int] in
                if state.isAtWork { state.wasCrowded = true }
                (state.isAtWork, state.rounds) = (true, state.rounds + 1)
                defer { state.waiting.removeFirst(min(limit, state.waiting.count)) }
                return Array(state.waiting.prefix(limit))
            }
            usleep(2_000)
            state.withLock { state in
                state.done.formUnion(taken)
                state.isAtWork = false
            }
        }
    }

    @Test(arguments: [1, 3, 1000])
    func `everybody who waits returns, and one at a time works`(limit: Int) async {
        let (group, rounds) = (GroupWork(), Rounds())
        let threads = 24
        await withTaskGroup(of: Void.self) { tasks in
            for number in 0..<threads {
                tasks.addTask {
                    await withCheckedContinuation { continuation in
                        Thread.detachNewThread {
                            rounds.state.withLock { $0.waiting.append(number) }
                            group.wait(until: { rounds.state.withLock { $0.done.contains(number) } }) {
                                rounds.work(limit: limit)
                            }
                            continuation.resume()
                        }
                    }
                }
            }
        }
        let state = rounds.state.withLock { $0 }
        #expect(state.done == Set(0..<threads))
        #expect(!state.wasCrowded)
        #expect(state.rounds <= threads)
    }

    @Test func `what is done already needs no work`() {
        GroupWork().wait(until: { true }) { Issue.record("nothing was to be done") }
    }
}

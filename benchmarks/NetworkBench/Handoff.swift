import Foundation
import Synchronization

/// How long a word takes to a thread that waits for it: some 40 ns between cores that share a cache, several times as long
/// between others, and between two threads on one core for ever.
enum Handoff {
    private static let count = 20_000
    private static let patience = Duration.milliseconds(20)

    /// The least of several tries, each the mean of many; infinite where none ends in time.
    static func nanoseconds() -> Double {
        (0..<5).map { _ in once() }.min() ?? .infinity
    }

    private static func once() -> Double {
        let (game, other) = (Turns(), DispatchSemaphore(value: 0))
        Thread {
            game.play(as: 1)
            other.signal()
        }.start()
        let elapsed = ContinuousClock().measure { game.play(as: 0) }
        other.wait()
        return elapsed < patience ? elapsed / .nanoseconds(1) / Double(2 * count) : .infinity
    }

    /// Two players who move in turns.
    private final class Turns: Sendable {
        private let next = Atomic(0)
        private let end = ContinuousClock.now + patience

        func play(as player: Int) {
            for turn in 0..<count {
                var spins = 0
                while next.load(ordering: .acquiring) != 2 * turn + player {
                    spins += 1
                    if spins % 1000 == 0, ContinuousClock.now > end { return }
                }
                next.store(2 * turn + player + 1, ordering: .releasing)
            }
        }
    }
}

import Dispatch
import NeuralNetwork
import Synchronization
import Testing

@Suite struct `Turns to compute` {
    /// Somebody who waits for a turn and keeps it until told to end.
    private final class Caller: Sendable {
        let turn = Mutex<ComputeQueue.Turn?>(nil)
        private let mayEnd = DispatchSemaphore(value: 0)
        private let hasEnded = DispatchSemaphore(value: 0)

        /// Returns when the caller waits or has its turn.
        init(_ queue: ComputeQueue, _ times: ComputeQueue.Times?) async throws {
            let waiting = queue.waitingCount
            DispatchQueue(label: "caller").async { [self] in
                queue.inTurn(times: times) { given in
                    turn.withLock { $0 = given }
                    mayEnd.wait()
                }
                hasEnded.signal()
            }
            while queue.waitingCount == waiting, turn.withLock({ $0 == nil }) {
                try await Task.sleep(for: .milliseconds(1))
            }
        }

        /// The turn, once it has come.
        func given() async throws -> ComputeQueue.Turn {
            while true {
                if let turn = turn.withLock({ $0 }) { return turn }
                try await Task.sleep(for: .milliseconds(1))
            }
        }

        func end() {
            mayEnd.signal()
            hasEnded.wait()
        }
    }

    private static let unknown = ComputeQueue.Times(together: nil, alone: nil)

    private func callers(
        _ count: Int, _ queue: ComputeQueue, _ times: ComputeQueue.Times = unknown
    ) async throws -> [Caller] {
        var callers: [Caller] = []
        for _ in 0..<count { try await callers.append(Caller(queue, times)) }
        return callers
    }

    @Test(.timeLimit(.minutes(1))) func `one or two after each other have all threads`() async throws {
        let queue = ComputeQueue(threads: 2)
        let all = try await callers(3, queue)
        for (index, caller) in all.enumerated() {
            let turn = try await caller.given()
            #expect(turn == .together)
            #expect(queue.waitingCount == all.count - index - 1)
            caller.end()
        }
        #expect(!queue.isFull)
    }

    @Test(.timeLimit(.minutes(1))) func `many have a thread each, the last of them has all`() async throws {
        let queue = ComputeQueue(threads: 2)
        let all = try await callers(5, queue)
        all[0].end()
        let pair = try await [all[1].given(), all[2].given()]
        #expect(pair.contains(.alone(thread: 0)) && pair.contains(.alone(thread: 1)))
        #expect(queue.waitingCount == 2)
        all[2].end()
        let next = try await all[3].given()
        #expect(next == pair[1])
        all[3].end()
        #expect(queue.waitingCount == 1 && !queue.isFull)
        all[1].end()
        let last = try await all[4].given()
        #expect(last == .together)
        all[4].end()
    }

    @Test(.timeLimit(.minutes(1)), arguments: [(seconds: 10, takesThread: true), (seconds: 1000, takesThread: false)])
    func `the last takes a free thread where that is sooner than to wait for all`(
        seconds: Int, takesThread: Bool
    ) async throws {
        let queue = ComputeQueue(threads: 2)
        let all = try await callers(4, queue, .init(together: .seconds(50), alone: .seconds(100)))
        all[0].end()
        _ = try await (all[1].given(), all[2].given())
        let last = try await Caller(queue, .init(together: .seconds(1), alone: .seconds(seconds)))
        all[1].end()
        _ = try await all[3].given()
        all[3].end()
        #expect(queue.waitingCount == (takesThread ? 0 : 1))
        all[2].end()
        let turn = try await last.given()
        #expect((turn == .together) != takesThread)
        last.end()
    }

    @Test(.timeLimit(.minutes(1))) func `who needs all threads is not passed over`() async throws {
        let queue = ComputeQueue(threads: 2)
        let first = try await callers(4, queue)
        let needsAll = try await Caller(queue, nil)
        let behind = try await callers(2, queue)
        first[0].end()
        _ = try await (first[1].given(), first[2].given())
        first[1].end()
        _ = try await first[3].given()
        first[2].end()
        #expect(queue.waitingCount == 3 && !queue.isFull)
        first[3].end()
        let turn = try await needsAll.given()
        #expect(turn == .together)
        needsAll.end()
        behind[0].end()
        behind[1].end()
    }
}

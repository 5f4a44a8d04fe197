import ServiceKit
import Synchronization
import Testing

/// A gate that holds work until it is opened, so that tests need no sleep.
private actor Gate {
    private var isOpen = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func wait() async {
        if isOpen { return }
        await withCheckedContinuation { waiters.append($0) }
    }

    func open() {
        isOpen = true
        waiters.forEach { $0.resume() }
        waiters = []
    }
}

private final class TestClock: Sendable {
    private let offset = Mutex(Duration.zero)
    private let start = ContinuousClock.now
    var now: ContinuousClock.Instant { offset.withLock { start + $0 } }
    func advance(by duration: Duration) { offset.withLock { $0 += duration } }
}

/// Counts how many work at the same time.
private final class AtWork: Sendable {
    private let state = Mutex((now: 0, most: 0, done: 0))
    var counts: (now: Int, most: Int, done: Int) { state.withLock { $0 } }

    func begin() {
        state.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
        }
    }

    func end() {
        state.withLock {
            $0.now -= 1
            $0.done += 1
        }
    }
}

private func waitUntil(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}

@Suite(.timeLimit(.minutes(1))) struct AdmissionQueueTests {
    @Test func `the longest wait is that of the request next in line`() async throws {
        let clock = TestClock()
        let queue = AdmissionQueue(concurrency: 1, queueLimit: 2, now: { clock.now })
        let gate = Gate()
        #expect(queue.longestWait == nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for waiting in 0...2 {
                group.addTask { try await queue.run { _ in await gate.wait() } }
                await waitUntil { queue.load == (1, waiting) }
                clock.advance(by: .seconds(1))
            }
            #expect(queue.longestWait == .seconds(2))
            await gate.open()
            try await group.waitForAll()
        }
        #expect(queue.longestWait == nil)
    }

    @Test func `no more than the limit work at the same time and all are served`() async throws {
        let queue = AdmissionQueue(concurrency: 3, queueLimit: 100)
        let atWork = AtWork()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await queue.run { _ in
                        atWork.begin()
                        await Task.yield()
                        atWork.end()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(atWork.counts.most <= 3)
        #expect(atWork.counts.done == 100)
        #expect(queue.load == (0, 0))
    }

    @Test func `a full queue refuses with its limit and a hint, and goes on afterwards`() async throws {
        let queue = AdmissionQueue(concurrency: 1, queueLimit: 1)
        let gate = Gate()
        let first = Task { try await queue.run { _ in await gate.wait() } }
        await waitUntil { queue.load == (1, 0) }
        let second = Task { try await queue.run { _ in } }
        await waitUntil { queue.load == (1, 1) }
        let error = try await #require(throws: AdmissionError.self) { try await queue.run { _ in } }
        guard case .queueFull(let limit, let retryAfter) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(limit == 1)
        #expect(retryAfter > .zero)
        await gate.open()
        try await first.value
        try await second.value
        try await queue.run { _ in }
    }

    @Test func `a waiting request whose task is cancelled leaves the queue and never works`() async throws {
        let queue = AdmissionQueue(concurrency: 1, queueLimit: 1)
        let gate = Gate()
        let worked = AtWork()
        let first = Task { try await queue.run { _ in await gate.wait() } }
        await waitUntil { queue.load == (1, 0) }
        let second = Task { try await queue.run { _ in worked.begin() } }
        await waitUntil { queue.load == (1, 1) }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(queue.load == (1, 0))
        await gate.open()
        try await first.value
        #expect(worked.counts.most == 0)
        #expect(queue.load == (0, 0))
    }

    @Test func `a task cancelled before it comes is not let in`() async {
        let queue = AdmissionQueue(concurrency: 1, queueLimit: 1)
        let gate = Gate()
        let task = Task {
            await gate.wait()
            try await queue.run { _ in }
        }
        task.cancel()
        await gate.open()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(queue.load == (0, 0))
    }

    @Test func `work whose deadline has passed is dropped before it runs`() async throws {
        let clock = TestClock()
        let queue = AdmissionQueue(concurrency: 1, queueLimit: 2, now: { clock.now })
        let gate = Gate()
        let first = Task { try await queue.run { _ in await gate.wait() } }
        await waitUntil { queue.load == (1, 0) }
        let deadline = clock.now + .seconds(1)
        let second = Task { try await queue.run(deadline: deadline) { _ in Issue.record("expired work ran") } }
        await waitUntil { queue.load == (1, 1) }
        let third = Task { try await queue.run { waited in waited } }
        await waitUntil { queue.load == (1, 2) }
        clock.advance(by: .seconds(2))
        await gate.open()
        try await first.value
        await #expect(throws: AdmissionError.deadlinePassed) { try await second.value }
        #expect(try await third.value == .seconds(2))
        await #expect(throws: AdmissionError.deadlinePassed) { try await queue.run(deadline: deadline) { _ in } }
    }

    @Test func `a place is given back when the work throws`() async throws {
        struct Failure: Error {}
        let queue = AdmissionQueue(concurrency: 1, queueLimit: 0)
        await #expect(throws: Failure.self) { try await queue.run { _ in throw Failure() } }
        try await queue.run { _ in }
    }
}

@Suite(.timeLimit(.minutes(1))) struct OffloadTests {
    @Test func `work runs and its result or error comes back`() async throws {
        #expect(try await offload { _ in 42 } == 42)
        await #expect(throws: AdmissionError.deadlinePassed) {
            try await offload { _ in throw AdmissionError.deadlinePassed }
        }
    }

    @Test func `cancelling the task stops the work at its next check`() async {
        let started = Gate()
        let task = Task {
            try await offload { flag in
                Task { await started.open() }
                while true { try flag.check() }
            }
        }
        await started.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

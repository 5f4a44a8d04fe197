import Foundation
import Gateway
import Synchronization
import Testing

@Suite struct BlockingThreadsTests {
    private let threads = BlockingThreads(limit: 2)
    private let gate = DispatchSemaphore(value: 0)

    /// Keeps a thread at work until `gate` is signalled.
    private func occupy() { threads.async { [gate] in gate.wait() } }

    @Test func `what finds no thread waits for one, in its order`() async {
        occupy()
        occupy()
        let done = Mutex<[Int]>([])
        let last = DispatchSemaphore(value: 0)
        for number in 1...3 {
            threads.async {
                done.withLock { $0.append(number) }
                if number == 3 { last.signal() }
            }
        }
        #expect(done.withLock { $0 } == [])
        gate.signal()
        await waits(for: last)
        #expect(done.withLock { $0 } == [1, 2, 3])
        gate.signal()
    }

    @Test func `what somebody else would do as well does not wait`() async {
        let tried = Mutex(0)
        occupy()
        occupy()
        threads.asyncIfFree { tried.withLock { $0 += 1 } }
        gate.signal()
        gate.signal()
        let free = DispatchSemaphore(value: 0)
        threads.async { free.signal() }
        await waits(for: free)
        #expect(tried.withLock { $0 } == 0)
    }

    @Test func `the thread that became idle last is used next`() async {
        let names = Mutex<[ObjectIdentifier]>([])
        let note: @Sendable () -> Void = { names.withLock { $0.append(ObjectIdentifier(Thread.current)) } }
        occupy()
        await threads.run(note)
        gate.signal()
        for _ in 0..<8 {
            // Returns before its thread is idle again: there is time for it to become so.
            await threads.run(note)
            try? await Task.sleep(for: .milliseconds(20))
        }
        let used = names.withLock { $0.dropFirst(2) }
        #expect(Set(used).count == 1)
    }

    private func waits(for semaphore: DispatchSemaphore) async {
        await withCheckedContinuation { done in
            Thread.detachNewThread {
                semaphore.wait()
                done.resume()
            }
        }
    }
}

/// Keys with the instants at which they want to be looked at: a binary heap, earliest first.
///
/// Nothing is ever removed early: whoever no longer cares about a key ignores it when its time comes.
package struct TimerQueue<Key> {
    private var heap: [(at: ContinuousClock.Instant, key: Key)] = []

    package init() {}

    /// When the next key is due.
    package var next: ContinuousClock.Instant? { heap.first?.at }
    package var count: Int { heap.count }

    package mutating func schedule(_ key: Key, at instant: ContinuousClock.Instant) {
        heap.append((instant, key))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].at < heap[parent].at else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes and gives the earliest key that is due at `now`.
    package mutating func popDue(at now: ContinuousClock.Instant) -> Key? {
        guard let first = heap.first, first.at <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown()
        return first.key
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right].at < heap[left].at ? right : left
            guard heap[child].at < heap[parent].at else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}

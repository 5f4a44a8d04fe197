import Foundation

/// Work that one of those who wait for it does for all.
final class GroupWork: @unchecked Sendable {  // `condition` guards the state
    private let condition = NSCondition()
    private var isUnderWay = false

    /// Returns when `isDone` says so; until then it does `work` on this thread whenever no other thread is at it.
    func wait(until isDone: () -> Bool, doing work: () -> Void) {
        condition.lock()
        defer { condition.unlock() }
        while !isDone() {
            if isUnderWay {
                condition.wait()
                continue
            }
            isUnderWay = true
            condition.unlock()
            work()
            condition.lock()
            isUnderWay = false
            condition.broadcast()
        }
    }
}

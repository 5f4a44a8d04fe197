// What the thread sanitizer sees of Swift's Mutex: `guarded` has no race, `unguarded` has one. Built and run by
// scripts/sanitize-threads, which checks that the first is quiet and the second is not.
import Foundation
import Synchronization

final class Numbers: @unchecked Sendable {
    let guarded = Mutex<[Int]>([])
    var unguarded = 0
}

@main
enum Main {
    static func main() {
        let numbers = Numbers()
        let races = CommandLine.arguments.last == "unguarded"
        let isDone = DispatchSemaphore(value: 0)
        for _ in 0..<4 {
            Thread.detachNewThread {
                for number in 0..<500 {
                    numbers.guarded.withLock {
                        $0.append(number)
                        if number % 8 == 0 { usleep(200) }  // so that others have to wait
                    }
                    if races { numbers.unguarded += 1 }
                }
                isDone.signal()
            }
        }
        for _ in 0..<4 { isDone.wait() }
        print(numbers.guarded.withLock { $0.count })
    }
}

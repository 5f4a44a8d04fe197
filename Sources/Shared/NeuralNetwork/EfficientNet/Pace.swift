/// Whether many images are done sooner with all threads on one after the other or with an image a thread, as measured.
///
/// An image a thread waits for no other thread, but all of them need their own memory: where their activations and the
/// weights do not fit the cache that they share, taking turns is faster.
package struct Pace {
    /// The best time of an image; older ones count less and less, since other programs share the machine.
    private struct Best {
        private(set) var time: Duration?

        mutating func record(_ found: Duration) {
            guard let time else { return time = found }
            self.time = min(found, time + time / 64)
        }
    }

    private static let firstTries = 3
    private static let triesEvery = 64
    private var together = Best()
    private var apart = Best()
    private var choices = 0
    private let threads: Int

    /// - Parameter threads: so many images at once show how fast it is when each thread has one.
    package init(threads: Int) {
        self.threads = threads
    }

    /// The way for the next image where many wait; the slower one is tried now and then, by so many images in a row as
    /// there are threads.
    package mutating func goesApart() -> Bool {
        choices += 1
        guard let together = together.time, let apart = apart.time, choices > Self.firstTries else { return true }
        return apart < together || choices % (Self.triesEvery * threads) < threads
    }

    /// What an image takes either way.
    var times: ComputeQueue.Times {
        ComputeQueue.Times(together: together.time, alone: apart.time.map { $0 * threads })
    }

    /// - Parameter images: how many were done in that time, each by a thread of its own; one: all threads did it.
    package mutating func record(images: Int, in time: Duration) {
        if images == 1 { together.record(time) } else { apart.record(time / images) }
    }
}

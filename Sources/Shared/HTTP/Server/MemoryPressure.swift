import Synchronization

/// Figures of a running server that any thread may read.
package final class HTTPServerFigures: Sendable {
    fileprivate let bytes = Atomic<Int>(0)

    package init() {}

    /// Bytes of requests and answers held in memory, over all connections.
    package var bytesInFlight: Int { bytes.load(ordering: .relaxed) }
}

/// Whether a server holds more bytes than it may. It begins past the limit and ends at three quarters of it, so that
/// it does not begin again with the next byte.
struct MemoryPressure {
    enum Change {
        case none
        case began
        case ended
    }

    private let limit: Int
    private let figures: HTTPServerFigures
    private var count = 0
    private(set) var isOn = false
    /// Counts how often it began.
    private(set) var episode = 0
    /// Whether it was not relieved in time.
    var lasts = false

    init(limit: Int, figures: HTTPServerFigures) {
        self.limit = limit
        self.figures = figures
    }

    mutating func changed(by change: Int) -> Change {
        count += change
        figures.bytes.store(count, ordering: .relaxed)
        if !isOn, count > limit {
            isOn = true
            episode += 1
            return .began
        }
        if isOn, count <= limit - limit / 4 {
            isOn = false
            lasts = false
            return .ended
        }
        return .none
    }
}

/// How much a log line matters.
package enum LogLevel: String, CaseIterable, Comparable, Sendable {
    /// Each step, for the developer of a part.
    case trace
    /// What helps to find a fault.
    case debug
    /// What happened, for operators.
    case info
    /// Something is wrong, and the work went on.
    case warning
    /// Work was lost or refused because of us.
    case error

    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .warning: 3
        case .error: 4
        }
    }
}

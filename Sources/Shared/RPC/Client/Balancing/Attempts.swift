/// What one call has tried so far, and whether it may go on.
struct Attempts: Sendable {
    /// What comes after a failure.
    enum Next: Equatable {
        /// The failure is the answer.
        case stop
        /// To another replica: this one was never reached, so nothing was done twice anywhere.
        case elsewhere
        /// To another replica, drawing from the budget of retries.
        case again
    }

    let isRepeatable: Bool
    private(set) var tried: Set<Endpoint> = []
    private(set) var last: RPCStatus?
    /// Attempts that reached a server.
    private var reached = 0

    init(isRepeatable: Bool) {
        self.isRepeatable = isRepeatable
    }

    mutating func note(_ failure: CallFailure, of endpoint: Endpoint) {
        tried.insert(endpoint)
        last = failure.status
        if failure.origin != .unreached { reached += 1 }
    }

    func next(after failure: CallFailure, atMost limit: Int) -> Next {
        switch failure.origin {
        case .caller, .late: return .stop
        case .unreached: return .elsewhere
        case .lost(let mayHaveActed): return reached < limit && (isRepeatable || !mayHaveActed) ? .again : .stop
        case .server:
            return reached < limit && isRepeatable && failure.status.code == .unavailable ? .again : .stop
        }
    }
}

extension CallFailure {
    /// What it says about the replica. A deadline may have been too short: that a replica hangs, its health check says.
    var outcome: Balancer.Outcome {
        switch origin {
        case .caller, .late: .abandoned
        case .unreached: .unreachable
        case .lost: .failed
        case .server:
            switch status.code {
            case .unavailable, .internal, .unknown, .dataLoss: .failed
            default: .answered
            }
        }
    }
}

package import RPC
import ServiceKit
import Wire

/// What a status other than OK means for the work that was sent.
package enum CallVerdict: Sendable, Hashable {
    /// The service looked at it and cannot answer: sending it again changes nothing.
    case refused
    /// The service is down, late, full or wrongly set up: the work is fine and is sent again, however often.
    case serviceTrouble
    /// The service went while it had the work, which may be what ended it: sent again a bounded number of times.
    case connectionLost
    /// The service failed on this work: sent again a bounded number of times.
    case workTrouble

    private static let neverFits: Set<String> = ["MESSAGE_TOO_LARGE", "BODY_TOO_LARGE", "RESPONSE_TOO_LARGE"]

    package init(_ status: RPCStatus) {
        if status == .connectionLost {
            self = .connectionLost
            return
        }
        switch status.code {
        case .invalidArgument, .failedPrecondition, .outOfRange, .alreadyExists:
            self = .refused
        case .unimplemented:
            // With an ErrorInfo it is about the image (an unsupported transfer syntax); without one the address
            // leads to a server that does not know the method.
            self = status.errorInfo == nil ? .serviceTrouble : .refused
        case .resourceExhausted:
            // A full queue has room again; a message that is too large stays so.
            self = Self.neverFits.contains(status.errorInfo?.reason ?? "") ? .refused : .serviceTrouble
        case .ok, .internal, .unknown, .dataLoss:
            self = .workTrouble
        case .unavailable, .deadlineExceeded, .aborted, .cancelled, .notFound, .permissionDenied,
            .unauthenticated:
            self = .serviceTrouble
        }
    }
}

extension RPCStatus {
    /// One line for an instance's reason: `classifier: TOO_SMALL: Rows 1, at least 64`.
    package func reason(from route: Route) -> String {
        let cause = errorInfo?.reason ?? ""
        let name = cause.isEmpty ? code.connectName.uppercased() : cause
        return "\(route.rawValue): \(name)" + (message.isEmpty ? "" : ": \(message)")
    }
}

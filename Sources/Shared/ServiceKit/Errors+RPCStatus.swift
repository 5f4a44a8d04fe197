import HTTP
package import RPC
import Wire

// How every error of the modules below reaches a caller. Each switch names every case, so that a new case does not
// compile until it has a status, a reason, and a remedy.

extension WireError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .malformed(let message):
            RPCStatus(
                .invalidArgument, reason: "MALFORMED_MESSAGE", "the bytes are not a \(message)", field: message,
                remedy: "Send the message in the form that the content type names.")
        case .invalidUTF8(let field):
            RPCStatus(
                .invalidArgument, reason: "INVALID_UTF8", "\(field) is not UTF-8", field: field, limit: "UTF-8",
                remedy: "Encode text as UTF-8.")
        case .tooLarge(let message, let limit):
            RPCStatus(
                .resourceExhausted, reason: "MESSAGE_TOO_LARGE", "the \(message) takes more than \(limit) bytes",
                field: message, limit: "\(limit) bytes", remedy: "Send less at a time.")
        case .invalidJSON(let offset, let reason):
            RPCStatus(
                .invalidArgument, reason: "INVALID_JSON", "not JSON at byte \(offset): \(reason)",
                found: "byte \(offset)", limit: "RFC 8259", remedy: "Correct the JSON text.")
        case .unexpectedJSON(let field, let expected, let offset):
            RPCStatus(
                .invalidArgument, reason: "UNEXPECTED_JSON", "\(field) at byte \(offset): expected \(expected)",
                field: field, found: "byte \(offset)", limit: expected, remedy: "Give the field the type it has.")
        case .tooDeep(let limit):
            RPCStatus(
                .invalidArgument, reason: "MESSAGE_TOO_DEEP", "values are nested deeper than \(limit)",
                limit: "\(limit)", remedy: "Nest less deeply.")
        }
    }
}

extension HTTPError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .bodyTooLarge(let limit):
            RPCStatus(
                .resourceExhausted, reason: "BODY_TOO_LARGE", "the body is larger than \(limit) bytes", field: "body",
                limit: "\(limit) bytes", remedy: "Send less at a time.")
        case .bodyTruncated:
            RPCStatus(
                .cancelled, reason: "BODY_TRUNCATED", "the body ended too early", field: "body",
                remedy: "Send the request again.")
        case .malformed(let reason):
            RPCStatus(
                .internal, reason: "MALFORMED_HTTP", "the peer broke the protocol: \(reason)",
                remedy: "Send what the protocol allows.")
        case .timedOut(let phase):
            RPCStatus(
                .deadlineExceeded, reason: "TIMED_OUT", "nothing moved for too long: \(phase.rawValue)",
                field: phase.rawValue, remedy: "Send the request again over a better line.")
        case .cancelled:
            RPCStatus(.cancelled, reason: "CANCELLED", "the call was cancelled")
        case .bodyAlreadyConsumed, .bodyStreamFailed:
            RPCStatus(.internal, reason: "BODY_STREAM_FAILED", "the body could not be read")
        case .cannotListen, .system:
            RPCStatus(.internal, reason: "SYSTEM", "the operating system refused")
        case .invalidURL:
            RPCStatus(
                .internal, reason: "INVALID_BACKEND_ADDRESS", "the address of a service is not one",
                remedy: "Correct the address in the configuration.")
        case .cannotConnect:
            RPCStatus(
                .unavailable, reason: "CANNOT_CONNECT", "the service cannot be reached", remedy: "Try again later.")
        case .connectionLost:
            RPCStatus(
                .unavailable, reason: "CONNECTION_LOST", "the connection to the service was lost",
                remedy: "Try again later.")
        case .responseTooLarge(let limit):
            RPCStatus(
                .resourceExhausted, reason: "RESPONSE_TOO_LARGE", "the answer is larger than \(limit) bytes",
                limit: "\(limit) bytes", remedy: "Ask for less at a time.")
        }
    }
}

extension AdmissionError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .queueFull(let limit, let retryAfter):
            RPCStatus(
                .resourceExhausted, reason: "QUEUE_FULL", "the queue of \(limit) requests is full",
                limit: "\(limit) requests", remedy: "Try again in \(Self.wholeSeconds(retryAfter)) s.")
        case .deadlinePassed:
            RPCStatus(
                .deadlineExceeded, reason: "DEADLINE_PASSED", "the deadline passed before a place was free",
                remedy: "Allow more time, or send fewer requests at a time.")
        }
    }

    /// For `Retry-After` (RFC 9110 §10.2.3): at least one second.
    package static func wholeSeconds(_ duration: Duration) -> Int {
        max(1, Int((duration / .seconds(1)).rounded(.up)))
    }
}

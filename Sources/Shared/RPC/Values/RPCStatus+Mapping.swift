import HTTP

extension RPCStatus {
    /// What a caller sees of `error`: its own status where it has one; `unknown` without a word otherwise, since a
    /// text made for a log may hold what must not leave the house.
    package init(mapping error: any Error) {
        switch error {
        case let status as RPCStatus: self = status
        case let error as any RPCStatusConvertible: self = error.rpcStatus
        case is CancellationError: self.init(.cancelled, "the call was cancelled")
        default: self.init(.unknown)
        }
    }

    /// What went wrong while the request's body came in.
    ///
    /// - Parameter messageLimit: of the only message in bytes, as the caller knows it; nil for a stream.
    init(bodyError error: HTTPError, messageLimit: Int? = nil) {
        switch error {
        case .bodyTooLarge(let limit):
            if let messageLimit {
                self.init(tooLargeFor: messageLimit)
            } else {
                self.init(.resourceExhausted, "the messages together are larger than \(limit) bytes")
            }
        case .bodyTruncated: self.init(.cancelled, "the body ended too early")
        case .timedOut: self.init(.deadlineExceeded, "the body did not come in time")
        case .cancelled: self.init(.cancelled, "the call was cancelled")
        case .malformed: self.init(.internal, "the body is malformed")
        case .overloaded: self.init(.resourceExhausted, "the server holds too many bytes of other calls")
        default: self.init(.unknown)
        }
    }

    init(tooLargeFor limit: Int) {
        self.init(.resourceExhausted, "the message is larger than \(limit) bytes")
    }

    static let noSuchMethod = RPCStatus(.unimplemented, "there is no such method")
    static let noMessage = RPCStatus(.unimplemented, "the call sent no message")
    static let severalMessages = RPCStatus(.unimplemented, "the call sent more than one message")

    /// The HTTP status of an error in Connect and in REST answers; the only such table
    /// (connectrpc.com/docs/protocol, "Error codes").
    package var httpStatus: Int {
        switch code {
        case .ok: 200
        case .cancelled: 499
        case .unknown, .internal, .dataLoss: 500
        case .invalidArgument, .failedPrecondition, .outOfRange: 400
        case .deadlineExceeded: 504
        case .notFound: 404
        case .alreadyExists, .aborted: 409
        case .permissionDenied: 403
        case .resourceExhausted: 429
        case .unimplemented: 501
        case .unavailable: 503
        case .unauthenticated: 401
        }
    }
}

extension RPCStatus {
    /// The HTTP status of an error in the Open Inference Protocol: Triton's table, where it differs from the one above.
    /// A full queue stays 429, which Triton does not know.
    package var openInferenceHTTPStatus: Int {
        switch code {
        case .cancelled, .unknown, .alreadyExists: 400
        default: httpStatus
        }
    }
}

extension RPCStatus {
    /// The HTTP status of an error in DICOMweb (PS3.18 §8.5, §10.5.3.1), where it differs from `httpStatus`: an error
    /// whose `hilum.v1.ErrorInfo` says that the store is full is 507.
    package func dicomWebHTTPStatus(isStoreFull: Bool) -> Int {
        isStoreFull ? 507 : httpStatus
    }
}

extension RPCStatus.Code {
    /// What a client makes of a Connect answer that is no error message (connectrpc.com/docs/protocol,
    /// "HTTP to error code").
    init(inferredFromConnectHTTPStatus status: Int) {
        switch status {
        case 400: self = .internal
        case 401: self = .unauthenticated
        case 403: self = .permissionDenied
        case 404: self = .unimplemented
        case 429, 502, 503, 504: self = .unavailable
        default: self = .unknown
        }
    }

    /// The code's name in Connect: `invalid_argument`.
    package var connectName: String {
        switch self {
        case .ok: "ok"
        case .cancelled: "canceled"
        case .unknown: "unknown"
        case .invalidArgument: "invalid_argument"
        case .deadlineExceeded: "deadline_exceeded"
        case .notFound: "not_found"
        case .alreadyExists: "already_exists"
        case .permissionDenied: "permission_denied"
        case .resourceExhausted: "resource_exhausted"
        case .failedPrecondition: "failed_precondition"
        case .aborted: "aborted"
        case .outOfRange: "out_of_range"
        case .unimplemented: "unimplemented"
        case .internal: "internal"
        case .unavailable: "unavailable"
        case .dataLoss: "data_loss"
        case .unauthenticated: "unauthenticated"
        }
    }

    init?(connectName: String) {
        guard let code = Self.allCases.first(where: { $0.connectName == connectName }), code != .ok else { return nil }
        self = code
    }
}

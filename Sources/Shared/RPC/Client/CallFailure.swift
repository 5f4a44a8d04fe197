import HTTP

/// Why one attempt of a call brought no answer: what its caller is told, and what it says about the server.
package struct CallFailure: Error, Equatable, Sendable {
    /// Where the attempt ended.
    package enum Origin: Equatable, Sendable {
        /// On this side, cancelled or not sendable: nothing is known of the server.
        case caller
        /// Before a connection stood: the server cannot have acted.
        case unreached
        /// On a connection that broke.
        case lost(mayHaveActed: Bool)
        /// At the deadline.
        case late
        /// With a status that the server sent.
        case server
    }

    package let status: RPCStatus
    package let origin: Origin

    package init(_ status: RPCStatus, _ origin: Origin) {
        self.status = status
        self.origin = origin
    }
}

extension CallFailure {
    /// What an exchange without an answer means for a call.
    init(_ error: HTTPError) {
        switch error {
        case .cannotConnect(let host): self.init(RPCStatus(.unavailable, "nobody answers at \(host)"), .unreached)
        case .untrusted(let host):
            self.init(RPCStatus(.unavailable, "TLS with \(host) cannot be agreed on"), .unreached)
        case .connectionLost(let mayHaveActed):
            self.init(
                mayHaveActed ? .connectionLost : RPCStatus(.unavailable, "the connection ended before the call"),
                .lost(mayHaveActed: mayHaveActed))
        case .timedOut: self.init(.deadlinePassed, .late)
        case .cancelled: self.init(RPCStatus(.cancelled, "the call was cancelled"), .caller)
        case .responseTooLarge(let limit):
            self.init(RPCStatus(.resourceExhausted, "the answer is larger than \(limit) bytes"), .server)
        case .invalidURL: self.init(RPCStatus(.invalidArgument, "the server's address is no URL"), .caller)
        default: self.init(RPCStatus(.internal, "the exchange failed"), .caller)
        }
    }
}

extension RPCStatus {
    /// The connection broke while the server had the call.
    package static let connectionLost = RPCStatus(.unavailable, "the connection was lost")
}

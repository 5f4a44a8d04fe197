/// What can go wrong between two peers, for both sides.
package enum HTTPError: Error, Equatable, Sendable {
    /// The body has more than `limit` bytes.
    case bodyTooLarge(limit: Int)
    /// The peer left or reset the stream before the body ended.
    case bodyTruncated
    /// The peer broke the protocol; `reason` is a constant text.
    case malformed(reason: String)
    /// Nothing moved for longer than the limit of this phase.
    case timedOut(phase: Phase)
    /// The server holds too many bytes of other requests, and gave this one up.
    case overloaded
    /// The waiting Task was cancelled.
    case cancelled
    /// The body can be read once, and was.
    case bodyAlreadyConsumed
    /// The stream that makes the body threw.
    case bodyStreamFailed
    /// The server cannot listen there; `code` is the errno.
    case cannotListen(host: String, port: Int, code: Int32)
    /// The operating system refused something else; `code` is the errno.
    case system(call: String, code: Int32)

    /// The address is not one.
    case invalidURL
    /// Nobody answers at the address, by name or by port.
    case cannotConnect(host: String)
    /// The server's certificate is not trusted, or both sides do not agree on TLS.
    case untrusted(host: String)
    /// The connection ended before the response did. `mayHaveActed` is false where no byte of the request had left.
    case connectionLost(mayHaveActed: Bool)
    /// The response has more than `limit` bytes.
    case responseTooLarge(limit: Int)

    /// The part of an exchange in which time ran out.
    package enum Phase: String, Sendable {
        case handshake
        case head
        case body
        case idle
        case write
        case exchange
        /// A server that ends waits for a request that may be under way.
        case draining
        /// Everything is said; the peer may still be sending.
        case lingering
    }
}

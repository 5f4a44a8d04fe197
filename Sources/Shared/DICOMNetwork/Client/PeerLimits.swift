/// How long a peer may take.
package struct PeerLimits: Sendable, Equatable {
    /// To take a connection.
    package var connect = Duration.seconds(10)
    /// To answer the request for an association, TLS included.
    package var negotiation = Duration.seconds(15)
    /// To answer one request, from its last byte.
    package var response = Duration.seconds(60)
    /// To take the bytes of one request, plus one second for each `ServerLimits.requestBytesPerSecond`.
    package var request = Duration.seconds(30)

    package init() {}
}

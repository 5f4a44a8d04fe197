/// What a server accepts from its peers; beyond it the peer gets the status named here, or loses its connection.
package struct HTTPLimits: Sendable, Equatable {
    /// Method, path and query together, in bytes; 414.
    package var maxTargetBytes = 16 << 10
    /// All field names and values of a head or of trailers together, in bytes; 431.
    package var maxHeaderBytes = 32 << 10
    /// Field lines of a head or of trailers; 431.
    package var maxHeaderCount = 100
    /// A request body in bytes as sent; past it the body ends in `HTTPError.bodyTooLarge`, which a handler answers
    /// in its own protocol (413). The default is 256 MiB and room for an envelope.
    package var maxBodyBytes = (256 << 20) + (64 << 10)
    /// What is kept of one body for a handler that reads slower than the peer sends, in bytes.
    package var maxBufferedBodyBytes = 1 << 20
    /// What is kept of answers for a peer that reads slower than the handler writes, a connection, in bytes.
    package var maxBufferedResponseBytes = 1 << 20
    /// Open connections; a further one gets 503 (HTTP/1.1) and is closed.
    package var maxConnections = 1024
    /// Requests at a time on one HTTP/2 connection; a further one is refused with REFUSED_STREAM.
    package var maxStreamsPerConnection = 100
    /// From accepting a connection to the end of the TLS handshake; the connection is closed.
    package var handshakeTimeout = Duration.seconds(10)
    /// From the first byte of a head (or from accepting the connection) to its end; 408.
    package var headerTimeout = Duration.seconds(15)
    /// Between requests of a kept-alive connection.
    package var idleTimeout = Duration.seconds(120)
    /// Without one byte of a body that a handler waits for; 408.
    package var bodyTimeout = Duration.seconds(60)
    /// Without the peer taking one byte of an answer.
    package var writeTimeout = Duration.seconds(60)

    package init() {}
}

/// What a server accepts from its peers; beyond it the peer gets the status named here, or loses its connection.
package struct HTTPLimits: Sendable, Equatable {
    /// Method, path and query together, in bytes; 414.
    package var maxTargetBytes = 16 << 10
    /// All field names and values of a head or of trailers together, in bytes; 431.
    package var maxHeaderBytes = 32 << 10
    /// Field lines of a head or of trailers; 431.
    package var maxHeaderCount = 100
    /// A request body in bytes as sent, where the server knows no other limit for its path; past it the body ends in `HTTPError.bodyTooLarge`, which a handler answers
    /// in its own protocol (413). The default is 256 MiB and room for an envelope.
    package var maxBodyBytes = (256 << 20) + (64 << 10)
    /// What is kept of one body for a handler that reads slower than the peer sends, in bytes.
    package var maxBufferedBodyBytes = 1 << 20
    /// What is kept of answers for a peer that reads slower than the handler writes, a connection, in bytes.
    package var maxBufferedResponseBytes = 1 << 20
    /// Open connections; a further one gets 503 (in clear text) and is closed.
    package var maxConnections = 1024
    /// Open connections from one address; a further one gets 503 (in clear text) and is closed.
    package var maxConnectionsPerPeer = 512
    /// Requests at a time on one HTTP/2 connection; a further one is refused with REFUSED_STREAM, or with GOAWAY and
    /// PROTOCOL_ERROR once the peer has acknowledged the limit.
    package var maxStreamsPerConnection = 100
    /// From accepting a connection to the end of the TLS handshake; the connection is closed.
    package var handshakeTimeout = Duration.seconds(10)
    /// From the first byte of a head (or from accepting the connection) to its end; 408.
    package var headerTimeout = Duration.seconds(15)
    /// Between requests of a kept-alive connection.
    package var idleTimeout = Duration.seconds(120)
    /// Without one byte of a body that a handler waits for; `HTTPError.timedOut` in the handler (408).
    package var bodyTimeout = Duration.seconds(60)
    /// Bytes a second at least of a body that a handler waits for as a whole, or `bodyTimeout` runs on; 0: none.
    package var minBodyRate = 128
    /// Without the peer taking one byte of an answer.
    package var writeTimeout = Duration.seconds(60)
    /// Bytes of requests and answers in memory, over all connections. Beyond it bodies are not read on. Where that
    /// lasts longer than `overloadPatience`, new requests are refused (429; RST_STREAM with REFUSED_STREAM) and the
    /// largest body that is not complete ends in `HTTPError.overloaded` (429).
    package var maxBytesInFlight = 1 << 30
    package var overloadPatience = Duration.seconds(1)
    /// Streams that an HTTP/2 peer may reset, or lose by breaking the rules, a second and ten times as many at once;
    /// GOAWAY with ENHANCE_YOUR_CALM.
    package var maxResetRate = 100
    /// PING, SETTINGS, PRIORITY and empty DATA frames of an HTTP/2 peer a second, and ten times as many at once;
    /// GOAWAY with ENHANCE_YOUR_CALM.
    package var maxControlFrameRate = 100

    package init() {}
}

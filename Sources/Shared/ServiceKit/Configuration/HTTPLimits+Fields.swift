import HTTP

extension HTTPLimits {
    /// The fields of every server; the largest body is `max-body-bytes` of `ServerOptions`.
    static let fields: [ConfigurationField<HTTPLimits>] = sizes + counts + times + rates

    private static let sizes: [ConfigurationField<HTTPLimits>] = [
        .init(
            "max-target-bytes", \.maxTargetBytes, .bytes(64...(1 << 20)),
            help: "Method, path and query together; beyond: 414."),
        .init(
            "max-header-bytes", \.maxHeaderBytes, .bytes(1024...(1 << 20)),
            help: "Names and values of a request's fields together; beyond: 431."),
        .init(
            "max-header-count", \.maxHeaderCount, .integer(8...10_000, unit: "fields"),
            help: "Fields of a request; beyond: 431."),
        .init(
            "max-bytes-in-flight", \.maxBytesInFlight, .bytes((1 << 20)...(1 << 40)),
            help: "Bytes of requests and answers in memory; beyond: reading pauses, then 429 or REFUSED_STREAM."),
        .init(
            "overload-patience-seconds", \.overloadPatience, .seconds(0.01...60),
            help: "Time that too many bytes in flight may last before requests are refused."),
    ]

    private static let counts: [ConfigurationField<HTTPLimits>] = [
        .init(
            "max-connections", \.maxConnections, .integer(1...1_000_000, unit: "connections"),
            help: "Open connections; beyond: 503 in clear text, and the end."),
        .init(
            "max-connections-per-peer", \.maxConnectionsPerPeer, .integer(1...1_000_000, unit: "connections"),
            help: "Open connections from one address; beyond: 503 in clear text, and the end."),
        .init(
            "max-streams", \.maxStreamsPerConnection, .integer(1...10_000, unit: "streams"),
            help: "Requests at a time on one HTTP/2 connection; beyond: REFUSED_STREAM."),
    ]

    private static let times: [ConfigurationField<HTTPLimits>] = [
        .init(
            "handshake-timeout-seconds", \.handshakeTimeout, .seconds(0.01...3600),
            help: "From accepting a connection to the end of its TLS handshake; beyond: the end."),
        .init(
            "header-timeout-seconds", \.headerTimeout, .seconds(0.01...3600),
            help: "From the first byte of a request's header to its last; beyond: 408, or GOAWAY ENHANCE_YOUR_CALM."),
        .init(
            "body-timeout-seconds", \.bodyTimeout, .seconds(0.01...86_400),
            help: "Without progress of a request's body; beyond: 408, or DEADLINE_EXCEEDED of a call."),
        .init(
            "idle-timeout-seconds", \.idleTimeout, .seconds(0.01...86_400),
            help: "Without a request on a connection; beyond: the end, in HTTP/2 after GOAWAY NO_ERROR."),
        .init(
            "write-timeout-seconds", \.writeTimeout, .seconds(0.01...86_400),
            help: "Without the peer taking a byte of an answer; beyond: the end, or RST_STREAM CANCEL."),
    ]

    private static let rates: [ConfigurationField<HTTPLimits>] = [
        .init(
            "min-body-rate", \.minBodyRate, .integer(0...(1 << 30), unit: "bytes a second"),
            help:
                "Progress of a body that is read as a whole; slower: body-timeout-seconds runs on; 0: any byte counts."),
        .init(
            "max-reset-rate", \.maxResetRate, .integer(1...1_000_000, unit: "streams a second"),
            help: "Streams an HTTP/2 peer may reset, ten times as many at once; beyond: GOAWAY ENHANCE_YOUR_CALM."),
        .init(
            "max-control-frame-rate", \.maxControlFrameRate, .integer(1...1_000_000, unit: "frames a second"),
            help: "PING, SETTINGS, PRIORITY, empty DATA, ten times as many at once; beyond: GOAWAY ENHANCE_YOUR_CALM."),
    ]
}

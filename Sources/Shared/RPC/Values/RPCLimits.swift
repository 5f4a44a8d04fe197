/// What a server of calls accepts.
package struct RPCLimits: Sendable, Equatable {
    /// One message in bytes, after decompression; past it a call ends with RESOURCE_EXHAUSTED.
    package var maxMessageBytes = 256 << 20
    /// A longer time-out of a caller is cut to this one.
    package var maxTimeout = Duration.seconds(3600)

    package init() {}
}

/// What a server of calls accepts; past it a call ends with RESOURCE_EXHAUSTED.
package struct RPCLimits: Sendable, Equatable {
    /// One message in bytes, after decompression.
    package var maxMessageBytes = 256 << 20

    package init() {}
}

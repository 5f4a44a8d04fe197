/// What happens at a server's door, for metrics and logs; told on the loop's thread, so take little time.
package typealias HTTPServerObserver = @Sendable (HTTPServerEvent) -> Void

package enum HTTPServerEvent: Equatable, Sendable {
    case connectionOpened
    case connectionClosed
    /// `reason` is constant text of the TLS library.
    case handshakeFailed(reason: String)
    /// A peer met a limit, and was answered or cut off for it.
    case limitReached(HTTPServerLimit)
}

/// What a server bounds; the raw value names it in metrics.
package enum HTTPServerLimit: String, CaseIterable, Sendable {
    case connections
    case connectionsPerPeer = "connections_per_peer"
    case streams
    case bytesInFlight = "bytes_in_flight"
    case target
    case header
    case body
    case resetRate = "reset_rate"
    case controlFrameRate = "control_frame_rate"
    case handshakeTime = "handshake_time"
    case headerTime = "header_time"
    case bodyTime = "body_time"
    case writeTime = "write_time"
}

package import HTTP
import Synchronization

/// What a handler may know of a call besides its messages, and what it may send beside its answer.
package struct CallContext: Sendable {
    /// The way a call came in.
    package enum Transport: String, Sendable {
        case grpc
        case grpcWeb = "grpc-web"
        case connect
        /// Plain requests of an HTTP API.
        case http
        case inProcess = "in-process"
    }

    /// `hilum.v1.ClassifierService/Classify`, without a leading slash.
    package let method: String
    package let transport: Transport
    /// What the caller sent, without the fields of the protocols themselves.
    package let metadata: Metadata
    /// When the caller stops waiting. The handler's Task is cancelled then.
    package let deadline: ContinuousClock.Instant?
    /// `address:port`; nil in process.
    package let remoteAddress: String?
    /// Who calls, as access control found out; nil where there is none, and in process.
    package let caller: Caller?
    /// What goes back beside the answer.
    package let response: ResponseMetadata

    package init(
        method: String, transport: Transport = .inProcess, metadata: Metadata = Metadata(),
        deadline: ContinuousClock.Instant? = nil, remoteAddress: String? = nil, caller: Caller? = nil,
        response: ResponseMetadata = ResponseMetadata()
    ) {
        self.method = method
        self.transport = transport
        self.metadata = metadata
        self.deadline = deadline
        self.remoteAddress = remoteAddress
        self.caller = caller
        self.response = response
    }
}

/// Metadata that a handler sends back, before its first message (`leading`) or after its last one (`trailing`).
package final class ResponseMetadata: Sendable {
    private struct State {
        var leading = Metadata()
        var trailing = Metadata()
    }

    private let state = Mutex(State())

    package init() {}

    package var leading: Metadata { state.withLock { $0.leading } }
    package var trailing: Metadata { state.withLock { $0.trailing } }

    package func setLeading(_ key: String, _ value: String) {
        updateLeading { $0[key] = value }
    }

    package func setTrailing(_ key: String, _ value: String) {
        updateTrailing { $0[key] = value }
    }

    /// For bytes, and for several values under one key.
    package func updateLeading(_ change: (inout Metadata) -> Void) {
        state.withLock { change(&$0.leading) }
    }

    /// For bytes, and for several values under one key.
    package func updateTrailing(_ change: (inout Metadata) -> Void) {
        state.withLock { change(&$0.trailing) }
    }
}

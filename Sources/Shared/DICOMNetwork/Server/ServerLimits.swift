/// What is accepted of peers.
package struct ServerLimits: Sendable, Equatable {
    /// Associations that stand at the same time.
    package var maxAssociations = 64
    /// Of them with one address.
    package var maxAssociationsPerPeer = 32
    /// Connections that have not asked for an association yet. When there are more, the oldest of the address that has
    /// most of them makes room, so that silent connections shut nobody else out.
    package var maxHalfOpen = 256
    /// Largest P-DATA-TF PDU that peers may send, bytes: 4096…131072.
    package var maxPDUBytes = 131_072
    /// Largest data set, bytes.
    package var maxInstanceBytes = 4 << 30
    /// Bytes of data sets in memory, all associations together. What does not fit, and what has more than about 1 MiB,
    /// goes to the receiver's spool as it comes.
    package var memoryBytes = 64 << 20
    /// From the connection to the association.
    package var negotiation = Duration.seconds(10)
    /// From a request's first byte to its last, plus one second for each `requestBytesPerSecond`; and as long again for
    /// our answer to be taken.
    package var request = Duration.seconds(30)
    /// Between two requests.
    package var idle = Duration.seconds(60)

    /// Slower data sets run into `request`.
    package static let requestBytesPerSecond = 64 << 10
    /// Between two requests while the server is draining.
    static let idleWhenDraining = Duration.milliseconds(500)

    package init() {}
}

package import Cryptography

/// Who is on the other side of an association.
package struct AssociationPeer: Sendable, Equatable {
    package let address: PeerAddress
    package let callingAETitle: String
    package let calledAETitle: String
    /// The peer's verified certificate; nil where it showed none.
    package let certificate: PeerCertificate?
}

/// An instance as it came in by C-STORE.
package struct ReceivedInstance: Sendable {
    package let bytes: InstanceBytes
    /// Affected SOP Class UID of the command.
    package let sopClassUID: String
    /// Affected SOP Instance UID of the command.
    package let sopInstanceUID: String
    /// As agreed on for the presentation context.
    package let transferSyntaxUID: String
    package let peer: AssociationPeer
}

/// Takes what peers send.
package protocol InstanceReceiver: Sendable {
    /// Success only once the instance is safe: the sender may delete its own after it. Called on the association's own
    /// thread, which may wait.
    func store(_ instance: ReceivedInstance) -> DIMSEStatus
    /// Where an instance goes that does not stay in memory while it comes in.
    func makeSpool() throws(InstanceBuffer.Full) -> any InstanceSpool
    /// A peer reports what it committed to (PS3.4 §J.3.3).
    func receive(_ report: CommitmentReport, from peer: AssociationPeer) async -> DIMSEStatus
}

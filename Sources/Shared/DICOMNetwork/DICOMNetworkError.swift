/// How an association, or an attempt at one, ended.
package enum DICOMNetworkError: Error, Equatable, Sendable {
    /// The peer asked for an end in order (A-RELEASE).
    case released
    /// The peer broke it off (A-ABORT).
    case abortedByPeer
    /// The connection ended without a word.
    case connectionLost
    /// A time limit passed.
    case timedOut(TimeLimit)
    /// Our side ended it: it is shutting down, or makes room for others.
    case interrupted
    /// The peer does not let us in (PS3.8 §9.3.4).
    case rejected(Rejection)
    /// A PDU says it is longer than it may be, bytes.
    case oversizedPDU(claimed: Int, limit: Int)
    /// Bytes that break the rules of PS3.8 or PS3.7.
    case malformed(Malformation)
    /// The handshake of TLS failed, in OpenSSL's constant words.
    case tlsFailed(String)
    /// No connection could be made: unknown host, nobody there, no answer.
    case unreachable
    /// The peer accepts none of the presentation contexts that the request needs.
    case notNegotiated(sopClassUID: String)
    /// A response with this status where success was needed.
    case failedStatus(UInt16)
    case outOfMemory

    /// Which time limit passed.
    package enum TimeLimit: String, Equatable, Sendable, CaseIterable {
        /// From the connection to the association: half-open.
        case negotiation
        /// From a request's first byte to its last, or our answer's.
        case request
        /// Between two requests.
        case idle
        /// Waiting for the peer's answer.
        case response
    }

    /// What is wrong with the peer's bytes.
    package enum Malformation: String, Equatable, Sendable, CaseIterable {
        /// Not a DICOM upper layer PDU, or one in the wrong place.
        case pdu
        /// A presentation context that was not accepted, or changes within a message.
        case presentationContext
        /// A command set that cannot be read.
        case commandSet
        /// A data set where none belongs, or one that cannot be read.
        case dataSet
    }
}

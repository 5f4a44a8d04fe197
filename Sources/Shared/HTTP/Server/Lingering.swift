import Foundation

/// The last part of a connection that has nothing more to say: it reads on without looking, for a while.
///
/// Closing with bytes unread would make the system reset the connection, and the peer could lose the last answer
/// (RFC 9112 §9.6).
final class Lingering: Speaker {
    private static let maxBytes = 1 << 20

    private let connection: Connection
    private var count = 0

    init(_ connection: Connection) {
        self.connection = connection
    }

    func receive(_ bytes: UnsafeRawBufferPointer) {
        count += bytes.count
        if count > Self.maxBytes { connection.close() }
    }

    func flush() {}
    func outputHasRoom() {}
    func timedOut(_ phase: HTTPError.Phase) { connection.close() }
    func drain() {}
    func connectionClosed() {}
}

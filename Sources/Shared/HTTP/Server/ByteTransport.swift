import Cryptography
import Foundation

/// The bytes of one connection, without waiting: a socket as it is, or a layer over one (TLS).
protocol ByteTransport: AnyObject {
    /// What came of a read or a write.
    typealias Outcome = TransportOutcome

    var descriptor: Int32 { get }
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome
    /// Takes the first bytes of `pieces`, in order.
    func write(_ pieces: UnsafeBufferPointer<iovec>) -> Outcome
    /// No byte will follow; the peer may still send.
    func finishWriting()
    func close()

    /// Whether bytes flow; false during a handshake, which goes on with every read.
    var isEstablished: Bool { get }
    /// What TLS agreed on; nil in clear text.
    var session: TLSSession? { get }
    /// Whether a read may give bytes although the descriptor is not ready for one.
    var hasPendingInput: Bool { get }
    /// Whether the last read goes on once the descriptor is writable.
    var readWaitsForWriting: Bool { get }
    /// Why the handshake failed, in constant words.
    var handshakeFailure: String? { get }
}

extension ByteTransport {
    var isEstablished: Bool { true }
    var session: TLSSession? { nil }
    var hasPendingInput: Bool { false }
    var readWaitsForWriting: Bool { false }
    var handshakeFailure: String? { nil }
}

enum TransportOutcome: Equatable {
    case bytes(Int)
    /// Try again when the descriptor is ready.
    case notNow
    /// The peer has sent its last byte.
    case ended
    case failed
}

/// A TCP socket in clear text.
final class PlainTransport: ByteTransport {
    let descriptor: Int32

    /// - Parameter descriptor: a connected, nonblocking socket, owned from now on.
    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .ended }
            if errno != EINTR { return errno == EAGAIN ? .notNow : .failed }
        }
    }

    func write(_ pieces: UnsafeBufferPointer<iovec>) -> Outcome {
        while true {
            let count = pieces.count == 1 ? write(pieces[0]) : writeAll(pieces)
            if count >= 0 { return .bytes(count) }
            if errno != EINTR { return errno == EAGAIN ? .notNow : .failed }
        }
    }

    private func write(_ piece: iovec) -> Int {
        send(descriptor, piece.iov_base, piece.iov_len, Int32(MSG_NOSIGNAL))
    }

    private func writeAll(_ pieces: UnsafeBufferPointer<iovec>) -> Int {
        var message = msghdr()
        message.msg_iov = UnsafeMutablePointer(mutating: pieces.baseAddress)
        message.msg_iovlen = pieces.count
        return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
    }

    func finishWriting() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    func close() {
        _ = Foundation.close(descriptor)
    }
}

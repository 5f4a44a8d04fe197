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
            var message = msghdr()
            message.msg_iov = UnsafeMutablePointer(mutating: pieces.baseAddress)
            message.msg_iovlen = pieces.count
            let count = sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
            if count >= 0 { return .bytes(count) }
            if errno != EINTR { return errno == EAGAIN ? .notNow : .failed }
        }
    }

    func finishWriting() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    func close() {
        _ = Foundation.close(descriptor)
    }
}

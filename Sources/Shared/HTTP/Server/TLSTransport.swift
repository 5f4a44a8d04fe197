import CLinux
import Cryptography
import Foundation

/// A TCP socket under TLS. The handshake goes on with the reads; what it agreed on is `session`.
final class TLSTransport: ByteTransport {
    /// The plaintext of one record at most (RFC 8446 §5.1).
    static let recordCount = 16 << 10

    let descriptor: Int32
    private let connection: TLSConnection
    private let scratch: UnsafeMutableRawBufferPointer
    private(set) var session: TLSSession?
    private(set) var hasPendingInput = false
    private(set) var readWaitsForWriting = false
    private(set) var handshakeFailure: String?
    private var hasFailed = false

    var isEstablished: Bool { session != nil }

    /// nil when memory is short; then the descriptor stays the caller's.
    ///
    /// - Parameters:
    ///   - descriptor: a connected, nonblocking socket, owned from now on.
    ///   - scratch: `recordCount` bytes that all transports of a thread may share.
    init?(_ context: TLSContext, descriptor: Int32, scratch: UnsafeMutableRawBufferPointer) {
        guard let connection = TLSConnection(context, descriptor: descriptor) else { return nil }
        self.descriptor = descriptor
        self.connection = connection
        self.scratch = scratch
    }

    /// Fills `buffer` as far as records are there: what OpenSSL has taken from the socket makes no noise any more.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        readWaitsForWriting = false
        if !isEstablished, let outcome = shakeHands() { return outcome }
        var filled = 0
        while filled < buffer.count {
            switch connection.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])) {
            case .done(let count): filled += count
            case .wantsRead: return stopped(filled, otherwise: .notNow)
            case .wantsWrite:
                readWaitsForWriting = true
                return stopped(filled, otherwise: .notNow)
            case .ended: return stopped(filled, otherwise: .ended)
            case .failed:
                hasFailed = true
                return stopped(filled, otherwise: .failed)
            }
        }
        hasPendingInput = true
        return .bytes(filled)
    }

    private func stopped(_ filled: Int, otherwise outcome: Outcome) -> Outcome {
        // An end that follows bytes is found again by the next read.
        hasPendingInput = filled > 0 && outcome != .notNow
        return filled > 0 ? .bytes(filled) : outcome
    }

    /// nil once hands are shaken.
    private func shakeHands() -> Outcome? {
        switch connection.handshake() {
        case .done:
            session = connection.session
            return nil
        case .wantsRead: return .notNow
        case .wantsWrite:
            readWaitsForWriting = true
            return .notNow
        case .ended, .failed:
            hasFailed = true
            handshakeFailure = connection.failure
            if connection.peerSpokeHTTP { answerInClearText() }
            return .failed
        }
    }

    /// Tells a person who forgot the `s` of `https` what is wrong.
    private func answerInClearText() {
        let text = "This port speaks HTTPS.\n"
        let answer =
            "HTTP/1.1 400 Bad Request\r\ncontent-length: \(text.utf8.count)\r\nconnection: close\r\n\r\n\(text)"
        _ = send(descriptor, answer, answer.utf8.count, Int32(MSG_NOSIGNAL))
    }

    /// One record. Small pieces share it, so that a head and its body leave together.
    func write(_ pieces: UnsafeBufferPointer<iovec>) -> Outcome {
        guard isEstablished, let first = pieces.first else { return .notNow }
        let bytes = UnsafeRawBufferPointer(start: first.iov_base, count: first.iov_len)
        switch connection.write(bytes.count < Self.recordCount && pieces.count > 1 ? gathered(pieces) : bytes) {
        case .done(let count): return .bytes(count)
        case .wantsRead, .wantsWrite: return .notNow
        case .ended, .failed:
            hasFailed = true
            return .failed
        }
    }

    private func gathered(_ pieces: UnsafeBufferPointer<iovec>) -> UnsafeRawBufferPointer {
        var filled = 0
        for piece in pieces where filled < Self.recordCount {
            let count = min(piece.iov_len, Self.recordCount - filled)
            let part = UnsafeRawBufferPointer(start: piece.iov_base, count: count)
            UnsafeMutableRawBufferPointer(rebasing: scratch[filled...]).copyMemory(from: part)
            filled += count
        }
        return UnsafeRawBufferPointer(rebasing: scratch[..<filled])
    }

    func finishWriting() {
        if !hasFailed { connection.finishWriting() }
        shutdown(descriptor, Int32(SHUT_WR))
    }

    func close() {
        if !hasFailed { connection.finishWriting() }
        _ = Foundation.close(descriptor)
    }
}

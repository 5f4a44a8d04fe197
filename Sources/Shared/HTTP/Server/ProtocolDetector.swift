import Cryptography
import Foundation

/// Decides by the first bytes what is spoken. Under TLS it is what ALPN picked (RFC 9113 §3.2); in clear text HTTP/2's
/// preface says so (§3.4). Otherwise it is HTTP/1.1.
final class ProtocolDetector: Speaker {
    /// What the first bytes say.
    enum Verdict: Equatable {
        case http1
        case http2
        case needsMore
    }

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private let connection: Connection
    private var seen: [UInt8] = []

    init(_ connection: Connection) {
        self.connection = connection
    }

    static func verdict(on bytes: [UInt8]) -> Verdict {
        if bytes.starts(with: preface) { return .http2 }
        return preface.starts(with: bytes) ? .needsMore : .http1
    }

    private var verdict: Verdict {
        guard let session = connection.session else { return Self.verdict(on: seen) }
        return session.applicationProtocol == "h2" ? .http2 : .http1
    }

    func receive(_ bytes: UnsafeRawBufferPointer) {
        seen.append(contentsOf: bytes)
        let speaker: any Speaker
        switch verdict {
        case .needsMore: return
        case .http1: speaker = HTTP1Connection(connection)
        case .http2:
            guard let http2 = HTTP2Connection(connection) else { return connection.close() }
            speaker = http2
        }
        connection.speak(speaker)
        seen.withUnsafeBytes { speaker.receive($0) }
        if connection.server.isDraining { connection.drain() }
    }

    func flush() {}
    func outputHasRoom() {}
    func timedOut(_ phase: HTTPError.Phase) { connection.close() }
    func drain() { if seen.isEmpty, connection.awaitedPhase == .head { connection.waits(for: .draining) } }
    func connectionClosed() {}
}

import Foundation
import Synchronization

/// A server of HTTP/2 in clear text that gives each request, once it has come whole, the frames of its script.
final class FrameServer: Sendable {
    let port: Int
    private let listener: Int32
    private let answers: [[UInt8]]
    private let count = Mutex(0)

    /// Requests that came whole, over all connections.
    var requestCount: Int { count.withLock { $0 } }

    /// An answer without a body to the first request of a connection: 200.
    static let answer = HTTP2Peer.bytes(
        .headers, flags: HTTP2Peer.endHeaders | HTTP2Peer.endStream, stream: 1, [0x88])

    /// - Parameter answers: by the number of the request; the last one holds for all further.
    init(_ answers: [[UInt8]]) throws {
        self.answers = answers
        (listener, port) = try listenOnLoopback()
        Thread.detachNewThread { self.acceptAll() }
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func acceptAll() {
        while case let connection = accept(listener, nil, nil), connection >= 0 {
            Thread.detachNewThread {
                self.serve(connection)
                close(connection)
            }
        }
        close(listener)
    }

    private func serve(_ connection: Int32) {
        say(HTTP2Peer.bytes(.settings), on: connection)
        guard read(24, from: connection) != nil else { return }  // the preface
        while let head = read(9, from: connection) {
            let count = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard read(count, from: connection) != nil else { return }
            let isMessage = head[3] == HTTP2Peer.Kind.headers.rawValue || head[3] == HTTP2Peer.Kind.data.rawValue
            guard isMessage, head[4] & HTTP2Peer.endStream != 0 else { continue }
            let number = self.count.withLock { count in
                defer { count += 1 }
                return count
            }
            say(answers[min(number, answers.count - 1)], on: connection)
        }
    }

    private func say(_ bytes: [UInt8], on connection: Int32) {
        _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    private func read(_ count: Int, from connection: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = count == 0 ? 0 : recv(connection, &bytes, count, Int32(MSG_WAITALL))
        return got == count ? bytes : nil
    }
}

import Foundation
import Synchronization
import Testing

/// A server of HTTP/1.1 that answers each whole request with 200, or does what its script says with it.
final class ScriptedServer: Sendable {
    enum Action: Sendable {
        case answer
        /// Closes the connection without a word.
        case hangUp
        /// The same, and nobody listens from then on.
        case die
    }

    let port: Int
    private let listener: Int32
    private let script: [Int: Action]
    private let heads = Mutex<[String]>([])

    /// The heads of the requests that came in whole, over all connections.
    var requests: [String] { heads.withLock { $0 } }

    /// - Parameter script: by the number of the request, from 0; all others are answered.
    init(_ script: [Int: Action] = [:]) throws {
        self.script = script
        (listener, port) = try listenOnLoopback()
        Thread.detachNewThread { self.acceptAll() }
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func acceptAll() {
        while case let connection = accept(listener, nil, nil), connection >= 0 {
            Thread.detachNewThread { self.serve(connection) }
        }
        close(listener)
    }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        var bytes = Data()
        while let head = readRequest(connection, &bytes) {
            let number = heads.withLock { heads in
                heads.append(head)
                return heads.count - 1
            }
            switch script[number] ?? .answer {
            case .answer:
                let answer = Array("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".utf8)
                guard send(connection, answer, answer.count, Int32(MSG_NOSIGNAL)) > 0 else { return }
            case .hangUp: return
            case .die:
                stop()
                return
            }
        }
    }

    /// The head of the next request, whose body has come whole too; nil at the end.
    private func readRequest(_ connection: Int32, _ bytes: inout Data) -> String? {
        while true {
            if let end = bytes.firstRange(of: Data("\r\n\r\n".utf8)) {
                let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
                let length = head.firstMatch(of: /content-length: ([0-9]+)/).flatMap { Int($0.1) } ?? 0
                if bytes.count >= end.upperBound + length {
                    bytes = Data(bytes.dropFirst(end.upperBound + length))
                    return head
                }
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}

/// A listening socket and its port.
func listenOnLoopback() throws -> (descriptor: Int32, port: Int) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(listener, address, length) == 0 && listen(listener, 16) == 0
                && getsockname(listener, address, &length) == 0
        }
    }
    try #require(status)
    return (listener, Int(in_port_t(bigEndian: address.sin_port)))
}

import Cryptography
import Foundation
import HTTP
import Synchronization
import Testing

/// A socket that says exactly what a test tells it to. Blocks: to be used inside `onThread`.
final class RawConnection: @unchecked Sendable {  // used by one thread at a time
    enum Failure: Error {
        case cannotConnect(errno: Int32)
        case tookTooLong
        case ended(after: String)
    }

    private let descriptor: Int32
    private var buffered: [UInt8] = []

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure.cannotConnect(errno: errno) }
        // Long enough for a busy machine; a test that meets it fails.
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) {
        var position = 0
        while position < bytes.count {
            let count = bytes[position...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            position += count
        }
    }

    /// Everything up to and including the first `end`.
    func read(through end: String) throws -> String {
        let mark = Array(end.utf8)
        while true {
            if let range = buffered.firstRange(of: mark) {
                defer { buffered.removeFirst(range.upperBound) }
                return String(decoding: buffered[..<range.upperBound], as: UTF8.self)
            }
            guard try fill() else { throw Failure.ended(after: String(decoding: buffered, as: UTF8.self)) }
        }
    }

    /// Exactly so many bytes; nil where the peer ends before.
    func read(count: Int) throws -> [UInt8]? {
        while buffered.count < count {
            guard try fill() else { return nil }
        }
        defer { buffered.removeFirst(count) }
        return Array(buffered[..<count])
    }

    /// Everything until the peer ends the connection.
    func readToEnd() throws -> String {
        while try fill() {}
        return String(decoding: buffered, as: UTF8.self)
    }

    /// One response with a content-length, head and body.
    func readResponse() throws -> (status: Int, head: String, body: String) {
        let head = try read(through: "\r\n\r\n")
        let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.split(separator: " ")[1]) }
        let wanted = length ?? 0
        while buffered.count < wanted {
            guard try fill() else { throw Failure.ended(after: head) }
        }
        defer { buffered.removeFirst(wanted) }
        let status = Int(head.split(separator: " ")[1]) ?? 0
        return (status, head, String(decoding: buffered[..<wanted], as: UTF8.self))
    }

    /// False at the end, which a reset counts as.
    private func fill() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count < 0, errno == EAGAIN { throw Failure.tookTooLong }
        guard count > 0 else { return false }
        buffered += chunk[..<count]
        return true
    }
}

/// What a server told its observer.
final class Events: Sendable {
    private let seen = Mutex<[HTTPServerEvent]>([])

    func append(_ event: HTTPServerEvent) { seen.withLock { $0.append(event) } }

    var all: [HTTPServerEvent] { seen.withLock { $0 } }
    var limits: Set<HTTPServerLimit> {
        Set(all.compactMap { if case .limitReached(let limit) = $0 { limit } else { nil } })
    }
}

/// Runs `body` with a server that answers by `handler`, and drains it.
@discardableResult
func withServer<T: Sendable>(
    limits: HTTPLimits = HTTPLimits(), tls: TLSContext? = nil, events: Events? = nil,
    handler: @escaping HTTPHandler = TestHandler.answer,
    _ body: (Int) async throws -> T
) async throws -> T {
    let server = HTTPServer(
        host: "127.0.0.1", port: 0, limits: limits, tls: tls, observer: { events?.append($0) }, handler: handler)
    let port = try await server.start()
    let result: Result<T, any Error>
    do { result = .success(try await body(port)) } catch { result = .failure(error) }
    await server.drain(within: .seconds(5))
    return try result.get()
}

/// What most tests talk to.
enum TestHandler {
    /// `/echo` gives the body back as it comes, `/collect` its size, everything else method, path, query.
    static let answer: HTTPHandler = { request in
        switch request.path {
        case "/echo": return HTTPResponse(status: 200, body: request.body)
        case "/collect":
            do throws(HTTPError) {
                return .text(200, "\(try await request.body.collect(limit: 1 << 30).count)")
            } catch {
                return .text(error.testStatus, "\(error)")
            }
        default: return .text(200, "\(request.method) \(request.path) \(request.query ?? "-") \(request.version)")
        }
    }
}

extension HTTPError {
    var testStatus: Int {
        switch self {
        case .bodyTooLarge: 413
        case .timedOut: 408
        default: 400
        }
    }
}

import CLinux
import Foundation

/// Accepts connections on one port, on its loop's thread.
final class Listener {
    /// How long accepting rests when the process has no descriptors left.
    private static let rest = Duration.milliseconds(100)

    private let descriptor: Int32
    private let loop: EventLoop
    private let server: ServerState
    private var key: EventLoop.Key?

    /// - Parameter descriptor: a listening, nonblocking socket, owned from now on.
    init(descriptor: Int32, loop: EventLoop, server: ServerState) {
        self.descriptor = descriptor
        self.loop = loop
        self.server = server
    }

    func open() {
        key = loop.register(descriptor, .readable, self)
    }

    /// Takes who is connected already, and listens no longer: whoever waits to be accepted would be cut off.
    func close() {
        while key != nil, acceptNext() {}
        guard let key else { return }
        self.key = nil
        loop.deregister(key)
        _ = Foundation.close(descriptor)
    }
}

extension Listener: ReadinessHandler {
    func becameReady(_ readiness: Readiness) {
        // A bounded number in a row: those who are connected want to be served too.
        for _ in 0..<64 where key != nil {
            guard acceptNext() else { return restIfExhausted() }
        }
    }

    /// False where nobody waits, or the system has no room; errno says which.
    private func acceptNext() -> Bool {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let accepted = linux_accept(descriptor, &address, &length)
        guard accepted >= 0 else { return false }
        admit(accepted, SocketAddress.describe(&address, length))
        return true
    }

    private func admit(_ descriptor: Int32, _ remoteAddress: String) {
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        if let limit = server.refusal(of: SocketAddress.host(of: remoteAddress)) { return refuse(descriptor, limit) }
        guard let transport = makeTransport(descriptor) else {
            _ = Foundation.close(descriptor)
            return
        }
        Connection(transport, remoteAddress: remoteAddress, loop: loop, server: server).open()
    }

    private func refuse(_ descriptor: Int32, _ limit: HTTPServerLimit) {
        server.observer(.limitReached(limit))
        if server.tls == nil {
            let text = "too many \(limit == .connections ? "connections" : "connections from this address")\n"
            let answer =
                "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nretry-after: 1\r\n"
                + "content-length: \(text.utf8.count)\r\nconnection: close\r\n\r\n\(text)"
            _ = send(descriptor, answer, answer.utf8.count, Int32(MSG_NOSIGNAL))
        }
        _ = Foundation.close(descriptor)
    }

    /// nil when memory is short.
    private func makeTransport(_ descriptor: Int32) -> (any ByteTransport)? {
        guard let tls = server.tls else { return PlainTransport(descriptor: descriptor) }
        return TLSTransport(tls, descriptor: descriptor, scratch: server.recordBuffer)
    }

    private func restIfExhausted() {
        guard let key, errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM else { return }
        loop.setInterest(key, [])
        loop.wake(key, at: loop.now + Self.rest)
    }

    func timePassed() {
        if let key { loop.setInterest(key, .readable) }
    }

    func flush() {}
}

/// Addresses of sockets, in and out of text.
enum SocketAddress {
    /// `address:port`, IPv6 in brackets.
    static func describe(_ address: inout sockaddr_storage, _ length: socklen_t) -> String {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getnameinfo(
                    $0, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                    NI_NUMERICHOST | NI_NUMERICSERV)
            }
        }
        guard status == 0 else { return "unknown" }
        let name = String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let number = String(decoding: port.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return name.contains(":") ? "[\(name)]:\(number)" : "\(name):\(number)"
    }

    /// An address without its port.
    static func host(of address: String) -> Substring {
        address.prefix(upTo: address.lastIndex(of: ":") ?? address.endIndex)
    }

    /// Opens a listening socket.
    ///
    /// - Returns: its descriptor and the port it is bound to.
    static func listen(host: String, port: Int) throws(HTTPError) -> (descriptor: Int32, port: Int) {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let first = found else {
            throw .cannotListen(host: host, port: port, code: EADDRNOTAVAIL)
        }
        defer { freeaddrinfo(found) }
        do {
            return try listen(first.pointee)
        } catch {
            throw .cannotListen(host: host, port: port, code: error.code)
        }
    }

    private struct Refusal: Error {
        let code: Int32
    }

    private static func listen(_ info: addrinfo) throws(Refusal) -> (descriptor: Int32, port: Int) {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(info.ai_family, type, 0)
        guard descriptor >= 0 else { throw Refusal(code: errno) }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, info.ai_addr, info.ai_addrlen) == 0, Foundation.listen(descriptor, 1024) == 0 else {
            let code = errno
            close(descriptor)
            throw Refusal(code: code)
        }
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        let text = status == 0 ? describe(&address, length) : ""
        guard let port = text.split(separator: ":").last.flatMap({ Int($0) }) else {
            close(descriptor)
            throw Refusal(code: EINVAL)
        }
        return (descriptor, port)
    }
}

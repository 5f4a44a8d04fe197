import Glibc
import Synchronization

/// A listening TCP socket.
final class Listener: Sendable {
    /// The port that was bound.
    let port: Int
    private let descriptor: Int32

    /// - Parameters:
    ///   - host: name or address to bind.
    ///   - port: 0 lets the system choose.
    /// - Throws: `ListenError`.
    init(host: String, port: Int) throws(ListenError) {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else {
            throw ListenError(host: host, port: port, code: 0)
        }
        defer { freeaddrinfo(found) }
        descriptor = socket(first.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0, listen(descriptor, 512) == 0
        else {
            let code = errno
            Glibc.close(descriptor)
            throw ListenError(host: host, port: port, code: code)
        }
        self.port = Self.boundPort(descriptor) ?? port
    }

    deinit { Glibc.close(descriptor) }

    private static func boundPort(_ descriptor: Int32) -> Int? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard status == 0 else { return nil }
        // The port stands at the same place in both families.
        return withUnsafeBytes(of: &storage) { Int($0[2]) << 8 | Int($0[3]) }
    }

    /// Waits for the next connection; nil once `stop` was called.
    func accept() -> (descriptor: Int32, peer: PeerAddress)? {
        while true {
            var storage = sockaddr_storage()
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.accept(descriptor, $0, &size)
                }
            }
            if accepted >= 0 {
                _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
                return (accepted, PeerAddress(storage))
            }
            switch errno {
            case EINVAL, EBADF: return nil
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: usleep(50_000)  // until a connection ends
            default: continue
            }
        }
    }

    /// Takes no further connections; `accept` returns nil.
    func stop() {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
    }
}

/// Why an address cannot be listened at.
package struct ListenError: Error, Equatable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int
    /// `errno`; 0 for a host that is unknown.
    package let code: Int32

    package var description: String {
        "cannot listen at \(host):\(port): \(code == 0 ? "unknown host" : String(cString: strerror(code)))"
    }
}

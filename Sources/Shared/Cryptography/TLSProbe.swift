import Glibc

/// Looks at the certificate of a server, and speaks to it no further.
package enum TLSProbe {
    package enum Failure: Error, Equatable, Sendable {
        /// Nobody takes a connection there.
        case unreachable
        /// The handshake failed or the certificate is not trusted, in OpenSSL's constant words.
        case refused(String)
    }

    /// The server's certificate, checked against the authorities and for its name. Blocks, for `seconds` at most for each
    /// step.
    package static func certificate(
        host: String, port: Int, trusting context: TLSClientContext, seconds: Int = 5
    ) throws(Failure) -> PeerCertificate {
        let descriptor = try connect(host: host, port: port, seconds: seconds)
        defer { close(descriptor) }
        guard let connection = TLSConnection(context, descriptor: descriptor, host: host) else {
            throw .refused("no memory left")
        }
        // The socket blocks: a step ends, fails, or has run out of time.
        guard connection.handshake() == .done(0), let certificate = connection.session.peerCertificate else {
            throw .refused(connection.failure)
        }
        return certificate
    }

    /// Whether somebody takes connections there.
    package static func canConnect(host: String, port: Int, seconds: Int = 5) -> Bool {
        guard let descriptor = try? connect(host: host, port: port, seconds: seconds) else { return false }
        close(descriptor)
        return true
    }

    /// A blocking socket whose every step ends in time.
    private static func connect(host: String, port: Int, seconds: Int) throws(Failure) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0 else { throw .unreachable }
        defer { freeaddrinfo(found) }
        var next = found
        while let address = next?.pointee {
            next = address.ai_next
            let descriptor = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { continue }
            var limit = timeval(tv_sec: seconds, tv_usec: 0)
            let size = socklen_t(MemoryLayout<timeval>.size)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
            if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
            close(descriptor)
        }
        throw .unreachable
    }
}

import CCurl
package import Foundation

/// A connection for protocols other than HTTP, in clear text or under TLS, made by libcurl; used by one thread, which it
/// blocks.
package final class ByteStream {
    private let handle: UnsafeMutableRawPointer
    private let deadline: ContinuousClock.Instant

    /// Connects.
    ///
    /// - Parameters:
    ///   - tls: nil: in clear text.
    ///   - timeout: for everything that is done with the connection.
    /// - Throws: `HTTPError.cannotConnect`, `.untrusted`, `.timedOut`.
    package init(host: String, port: Int, tls: HTTPClient.TLS?, timeout: Duration) throws(HTTPError) {
        guard let handle = curl_easy_init() else { throw .system(call: "curl_easy_init", code: ENOMEM) }
        self.handle = handle
        deadline = .now + timeout
        let name = host.contains(":") ? "[\(host)]" : host
        hilum_curl_set_text(handle, CURLOPT_URL, "\(tls == nil ? "http" : "https")://\(name):\(port)")
        hilum_curl_set_long(handle, CURLOPT_CONNECT_ONLY, 1)
        hilum_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        hilum_curl_set_text(handle, CURLOPT_PROXY, "")
        hilum_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, timeout.wholeMilliseconds)
        if let tls { setTLS(tls) }
        switch curl_easy_perform(handle) {
        case CURLE_OK: break
        case CURLE_OPERATION_TIMEDOUT: throw .timedOut(phase: .handshake)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE:
            throw .untrusted(host: host)
        default: throw .cannotConnect(host: host)
        }
    }

    deinit { curl_easy_cleanup(handle) }

    private func setTLS(_ tls: HTTPClient.TLS) {
        hilum_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        hilum_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        hilum_curl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        hilum_curl_set_long(handle, CURLOPT_SSL_ENABLE_ALPN, 0)
        if let file = tls.authorityFile {
            hilum_curl_set_text(handle, CURLOPT_CAINFO, file)
            hilum_curl_set_pointer(handle, CURLOPT_CAPATH, nil)
        }
        guard let file = tls.certificateFile else { return }
        hilum_curl_set_text(handle, CURLOPT_SSLCERT, file)
        hilum_curl_set_text(handle, CURLOPT_SSLKEY, tls.keyFile ?? file)
    }

    /// Returns when all bytes have left.
    package func send(_ bytes: Data) throws(HTTPError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            var count = 0
            let code = rest.withUnsafeBytes { curl_easy_send(handle, $0.baseAddress, $0.count, &count) }
            switch code {
            case CURLE_OK: rest = rest.dropFirst(count)
            case CURLE_AGAIN: try wait(for: Int16(POLLOUT))
            default: throw .connectionLost(mayHaveActed: rest.count < bytes.count)
            }
        }
    }

    /// Waits for bytes and returns what is there, at most 64 KiB; empty when the peer has ended.
    package func receive() throws(HTTPError) -> Data {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            var count = 0
            switch curl_easy_recv(handle, &buffer, buffer.count, &count) {
            case CURLE_OK: return Data(buffer.prefix(count))
            case CURLE_AGAIN: try wait(for: Int16(POLLIN))
            default: throw .connectionLost(mayHaveActed: true)
            }
        }
    }

    private func wait(for events: Int16) throws(HTTPError) {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { throw .timedOut(phase: .exchange) }
        let socket = hilum_curl_get_socket(handle)
        guard socket >= 0 else { throw .connectionLost(mayHaveActed: true) }
        var entry = pollfd(fd: socket, events: events, revents: 0)
        _ = poll(&entry, 1, Int32(clamping: min(left.wholeMilliseconds, 1000)))
    }
}

import CCurl
import Foundation

extension CurlTransfer {
    /// Tells libcurl what to send, where to, and over what.
    func setOptions() {
        hilum_curl_set_text(handle, CURLOPT_URL, request.url)
        hilum_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        hilum_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
        hilum_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        hilum_curl_set_long(handle, CURLOPT_NOBODY, request.method == "HEAD" ? 1 : 0)
        hilum_curl_set_long(handle, CURLOPT_BUFFERSIZE, 256 << 10)
        hilum_curl_set_long(handle, CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10)
        hilum_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
        if let timeout = request.timeout { hilum_curl_set_long(handle, CURLOPT_TIMEOUT_MS, timeout.wholeMilliseconds) }
        setBody()
        setFields()
        setConnection()
        if isOverTLS { setTLS() }
    }

    private var isOverTLS: Bool { request.url.hasPrefix("https:") }

    private func setBody() {
        guard !request.body.isEmpty || request.method == "POST" || request.method == "PUT" else { return }
        hilum_curl_set_long(handle, CURLOPT_UPLOAD, 1)
        hilum_curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.body.count))
    }

    private static let leastExpectingBytes = 1 << 20

    private func setFields() {
        for field in request.fields where field.isSendable {
            // libcurl's form for a field without value ends in a semicolon.
            let line = field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
            fieldList = curl_slist_append(fieldList, line)
        }
        // libcurl asks `Expect: 100-continue` before every upload; the round trip pays for large bodies alone.
        if request.body.count < Self.leastExpectingBytes { fieldList = curl_slist_append(fieldList, "expect:") }
        hilum_curl_set_pointer(handle, CURLOPT_HTTPHEADER, fieldList)
    }
}

// MARK: The connection
extension CurlTransfer {
    private func setConnection() {
        setVersion()
        hilum_curl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        hilum_curl_set_long(handle, CURLOPT_TCP_KEEPIDLE, 30)
        hilum_curl_set_long(handle, CURLOPT_TCP_KEEPINTVL, 10)
        if let connectTo = request.connectTo {
            connectToList = curl_slist_append(nil, "::\(connectTo)")
            hilum_curl_set_pointer(handle, CURLOPT_CONNECT_TO, connectToList)
        }
        // libcurl sends a request again, unasked, when a kept connection breaks before the answer begins. Rewinding a
        // body can be refused (`seek`); where there is none, only a new connection keeps libcurl from it.
        if !request.isRepeatable, request.body.isEmpty { hilum_curl_set_long(handle, CURLOPT_FRESH_CONNECT, 1) }
    }

    private func setVersion() {
        guard request.version == .http2 else {
            hilum_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
            return
        }
        let version = isOverTLS ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
        hilum_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(version))
        // Waits for a connection under way to say whether it multiplexes, in place of opening one more.
        hilum_curl_set_long(handle, CURLOPT_PIPEWAIT, 1)
        if !isOverTLS, !Self.reusesPriorKnowledge {
            hilum_curl_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
            hilum_curl_set_long(handle, CURLOPT_FORBID_REUSE, 1)
        }
    }

    /// libcurl before 8.0 breaks a cleartext HTTP/2 connection at its second request
    /// (github.com/curl/curl/issues/10634): there each request gets a connection of its own.
    private static let reusesPriorKnowledge =
        (curl_version_info(CURLVERSION_FIRST)?.pointee.version_num ?? 0) >= 0x08_00_00

    private func setTLS() {
        hilum_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        hilum_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        hilum_curl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = request.tls.authorityFile {
            hilum_curl_set_text(handle, CURLOPT_CAINFO, file)
            // Otherwise the system's folder of authorities would be trusted too.
            hilum_curl_set_pointer(handle, CURLOPT_CAPATH, nil)
        }
        guard let file = request.tls.certificateFile else { return }
        hilum_curl_set_text(handle, CURLOPT_SSLCERT, file)
        hilum_curl_set_text(handle, CURLOPT_SSLKEY, request.tls.keyFile ?? file)
    }
}

extension Duration {
    /// In milliseconds, at least 1.
    var wholeMilliseconds: Int {
        let parts = components
        guard parts.seconds < 1 << 32 else { return 1 << 42 }
        return max(1, Int(parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000))
    }
}

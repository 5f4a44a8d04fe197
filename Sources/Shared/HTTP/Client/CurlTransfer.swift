import CCurl
import Foundation

/// One exchange in libcurl's terms; lives on its driver's thread and owns its easy handle.
final class CurlTransfer {
    let handle: UnsafeMutableRawPointer
    let done: CurlDriver.Done
    private let request: HTTPClient.Request
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var sent = 0
    private var status = 0
    private var fields = HTTPFields()
    private var trailers = HTTPFields()
    private var hasHead = false
    private var body = CollectingBuffer()
    private var isTooLarge = false

    /// nil when memory is short.
    init?(_ request: HTTPClient.Request, done: @escaping CurlDriver.Done) {
        guard let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.done = done
        self.request = request
        setOptions()
        setBody()
        setFields()
        hilum_curl_set_callbacks(
            handle, Unmanaged.passUnretained(self).toOpaque(), Self.takeBody, Self.takeHeader, Self.giveBody, Self.seek)
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headerList)
    }

    private func setOptions() {
        let version = request.version == .http2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_1_1
        hilum_curl_set_text(handle, CURLOPT_URL, request.url)
        hilum_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        hilum_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
        hilum_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(version))
        hilum_curl_set_long(handle, CURLOPT_PIPEWAIT, request.version == .http2 ? 1 : 0)
        if request.version == .http2, request.url.hasPrefix("http:"), !Self.reusesPriorKnowledge {
            hilum_curl_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
            hilum_curl_set_long(handle, CURLOPT_FORBID_REUSE, 1)
        }
        hilum_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        hilum_curl_set_long(handle, CURLOPT_NOBODY, request.method == "HEAD" ? 1 : 0)
        hilum_curl_set_long(handle, CURLOPT_BUFFERSIZE, 256 << 10)
        hilum_curl_set_long(handle, CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10)
        hilum_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
        if let timeout = request.timeout { hilum_curl_set_long(handle, CURLOPT_TIMEOUT_MS, timeout.wholeMilliseconds) }
    }

    /// libcurl before 8.0 breaks a cleartext HTTP/2 connection at its second request (github.com/curl/curl/issues/10634):
    /// there each request gets a connection of its own.
    private static let reusesPriorKnowledge =
        (curl_version_info(CURLVERSION_FIRST)?.pointee.version_num ?? 0) >= 0x08_00_00

    private func setBody() {
        guard !request.body.isEmpty || request.method == "POST" || request.method == "PUT" else { return }
        hilum_curl_set_long(handle, CURLOPT_UPLOAD, 1)
        hilum_curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.body.count))
    }

    private func setFields() {
        for field in request.fields where field.isSendable {
            // libcurl's form for a field without value ends in a semicolon.
            let line = field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
            headerList = curl_slist_append(headerList, line)
        }
        hilum_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headerList)
    }
}

// MARK: The result
extension CurlTransfer {
    func result(_ code: CURLcode) -> Result<HTTPResponse, HTTPError> {
        if isTooLarge { return .failure(.responseTooLarge(limit: request.maxResponseBytes)) }
        guard code == CURLE_OK else { return .failure(error(code)) }
        return .success(
            HTTPResponse(
                status: status, fields: fields, body: .data(body.take()),
                trailers: trailers.isEmpty ? .none : .fields(trailers)))
    }

    private func error(_ code: CURLcode) -> HTTPError {
        let isConnected = hilum_curl_get_size(handle, CURLINFO_PRETRANSFER_TIME_T) > 0
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .invalidURL
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
            return .cannotConnect(host: host)
        case CURLE_OPERATION_TIMEDOUT:
            let isOver = request.timeout.map { hasPassed($0) } ?? false
            return isConnected || isOver ? .timedOut(phase: .exchange) : .cannotConnect(host: host)
        default:
            let hasSent = sent > 0 || hilum_curl_get_long(handle, CURLINFO_REQUEST_SIZE) > 0
            return .connectionLost(mayHaveActed: hasSent)
        }
    }

    private func hasPassed(_ timeout: Duration) -> Bool {
        hilum_curl_get_size(handle, CURLINFO_TOTAL_TIME_T) >= curl_off_t(timeout.wholeMilliseconds) * 1000
    }

    /// Host and port of the address, for messages.
    private var host: String {
        let parts = URLComponents(string: request.url)
        return [parts?.host, parts?.port.map { "\($0)" }].compactMap { $0 }.joined(separator: ":")
    }
}

// MARK: What libcurl calls
extension CurlTransfer {
    private static func owner(_ context: UnsafeMutableRawPointer) -> CurlTransfer {
        Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    private static let takeBody: hilum_curl_bytes = { bytes, size, count, context in
        owner(context).take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= request.maxResponseBytes - body.count else {
            isTooLarge = true
            return false
        }
        return body.append(bytes, expected: nil)
    }

    private static let takeHeader: hilum_curl_bytes = { bytes, size, count, context in
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        owner(context).take(line: String(decoding: line, as: UTF8.self).trimmingLineEnd)
        return size * count
    }

    /// Heads come line by line, with that of a `100 Continue` before the one that counts, and trailers behind.
    private func take(line: String) {
        if line.hasPrefix("HTTP/") {
            status = Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
            fields = HTTPFields()
        } else if line.isEmpty {
            hasHead = status >= 200
        } else if let colon = line.firstIndex(of: ":") {
            let field = (String(line[..<colon]), line[line.index(after: colon)...].trimmingHTTPWhitespace)
            if hasHead { trailers.append(field.0, field.1) } else { fields.append(field.0, field.1) }
        }
    }

    private static let giveBody: hilum_curl_bytes = { buffer, size, count, context in
        owner(context).give(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
    }

    private func give(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, request.body.count - sent)
        request.body.withUnsafeBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[sent..<sent + count]))
        }
        sent += count
        request.onProgress?(HTTPClient.TransferProgress(sentBytes: sent, totalBytes: request.body.count))
        return count
    }

    /// A kept connection turned out dead: the body is sent again over a new one.
    private static let seek: hilum_curl_seek = { context, offset, _ in
        let transfer = owner(context)
        guard (0...transfer.request.body.count).contains(Int(offset)) else { return 1 }
        transfer.sent = Int(offset)
        return 0
    }
}

extension Duration {
    /// In milliseconds, at least 1.
    fileprivate var wholeMilliseconds: Int {
        let parts = components
        guard parts.seconds < 1 << 32 else { return 1 << 42 }
        return max(1, Int(parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000))
    }
}

extension String {
    fileprivate var trimmingLineEnd: String {
        String(self[..<(firstIndex { $0.isNewline } ?? endIndex)])
    }
}

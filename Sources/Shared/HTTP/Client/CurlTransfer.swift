import CCurl
import Foundation

/// One exchange in libcurl's terms; lives on its driver's thread and owns its easy handle.
final class CurlTransfer {
    let handle: UnsafeMutableRawPointer
    let done: CurlDriver.Done
    let request: HTTPClient.Request
    /// Lists that libcurl reads and does not free.
    var fieldList: UnsafeMutablePointer<curl_slist>?
    var connectToList: UnsafeMutablePointer<curl_slist>?
    private var sent = 0
    private var hasGivenBody = false
    /// What libcurl tells of the request's stream in HTTP/2.
    private var notes = CurlNotes()
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
        hilum_curl_set_callbacks(
            handle, Unmanaged.passUnretained(self).toOpaque(), Self.takeBody, Self.takeHeader, Self.giveBody, Self.seek)
        if request.version == .http2 {
            hilum_curl_set_notes(handle, Unmanaged.passUnretained(self).toOpaque(), Self.note)
        }
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(fieldList)
        curl_slist_free_all(connectToList)
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
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .invalidURL
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE:
            return hasSent ? .connectionLost(mayHaveActed: true) : .untrusted(host: host)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
            // A kept connection may have broken first, with the request already on it.
            return hasSent ? .connectionLost(mayHaveActed: true) : .cannotConnect(host: host)
        case CURLE_OPERATION_TIMEDOUT:
            let isOver = request.timeout.map { hasPassed($0) } ?? false
            let isConnected = hilum_curl_get_size(handle, CURLINFO_PRETRANSFER_TIME_T) > 0
            return isConnected || isOver || hasSent ? .timedOut(phase: .exchange) : .cannotConnect(host: host)
        default:
            return .connectionLost(mayHaveActed: hasSent && !notes.wasRefused)
        }
    }

    /// True once a byte of the request has left, over this connection or one before it.
    private var hasSent: Bool { hasGivenBody || hilum_curl_get_long(handle, CURLINFO_REQUEST_SIZE) > 0 }

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
        hasGivenBody = true
        request.onProgress?(HTTPClient.TransferProgress(sentBytes: sent, totalBytes: request.body.count))
        return count
    }

    private static let note: curl_debug_callback = { _, kind, text, count, context in
        guard kind == CURLINFO_TEXT, let context else { return 0 }
        owner(context).notes.read(UnsafeRawBufferPointer(start: text, count: count))
        return 0
    }

    /// A kept connection turned out dead: the body is sent again over a new one, where the server may be asked twice.
    private static let seek: hilum_curl_seek = { context, offset, _ in
        let transfer = owner(context)
        guard transfer.request.isRepeatable, (0...transfer.request.body.count).contains(Int(offset)) else { return 1 }
        transfer.sent = Int(offset)
        return 0
    }
}

extension String {
    fileprivate var trimmingLineEnd: String {
        String(self[..<(firstIndex { $0.isNewline } ?? endIndex)])
    }
}

package import Foundation

/// Sends requests over connections that are kept and shared: one libcurl multi handle on a thread of its own.
package final class HTTPClient: Sendable {
    /// One for the process, so that connections are reused.
    package static let shared = HTTPClient()

    /// One request.
    package struct Request: Sendable {
        package var method: String
        /// `http://host:port/path?query`.
        package var url: String
        package var fields: HTTPFields
        package var body: Data
        package var version: HTTPVersion
        /// For the whole exchange; nil waits as long as it takes.
        package var timeout: Duration?
        /// For reaching the server.
        package var connectTimeout: Duration
        /// Of the response's body in bytes.
        package var maxResponseBytes: Int
        /// Called, on the client's thread, as the request's body leaves.
        package var onProgress: (@Sendable (TransferProgress) -> Void)?

        /// - Parameter version: `.http2` is spoken with prior knowledge where the URL is `http:`.
        package init(
            method: String = "GET", url: String, fields: HTTPFields = [:], body: Data = Data(),
            version: HTTPVersion = .http11, timeout: Duration? = nil, connectTimeout: Duration = .seconds(10),
            maxResponseBytes: Int = 256 << 20, onProgress: (@Sendable (TransferProgress) -> Void)? = nil
        ) {
            self.method = method
            self.url = url
            self.fields = fields
            self.body = body
            self.version = version
            self.timeout = timeout
            self.connectTimeout = connectTimeout
            self.maxResponseBytes = maxResponseBytes
            self.onProgress = onProgress
        }
    }

    /// How much of a request's body has left.
    package struct TransferProgress: Sendable, Equatable {
        package let sentBytes: Int
        package let totalBytes: Int
    }

    private let driver = CurlDriver()

    package init() {}

    deinit { driver.stop() }

    /// The response with its whole body. Cancelling the Task ends the exchange.
    package func send(_ request: Request) async throws(HTTPError) -> HTTPResponse {
        let id = driver.nextID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { done in
                driver.start(id, request) { done.resume(returning: $0) }
            }
        } onCancel: {
            driver.cancel(id)
        }
        return try result.get()
    }
}

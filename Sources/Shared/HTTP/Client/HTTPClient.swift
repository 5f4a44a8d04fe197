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
        /// `address:port` to connect to in place of the URL's host and port, which stay what the server is asked for
        /// and what its certificate has to name.
        package var connectTo: String?
        package var tls: TLS
        package var fields: HTTPFields
        package var body: Data
        package var version: HTTPVersion
        /// For the whole exchange; nil waits as long as it takes.
        package var timeout: Duration?
        /// For reaching the server.
        package var connectTimeout: Duration
        /// The server may be asked twice: a kept connection that breaks while it answers is replaced and the request
        /// sent again. Otherwise that happens only where nothing had left.
        package var isRepeatable: Bool
        /// Of the response's body in bytes.
        package var maxResponseBytes: Int
        /// Called, on the client's thread, as the request's body leaves.
        package var onProgress: (@Sendable (TransferProgress) -> Void)?

        /// - Parameters:
        ///   - version: `.http2` is agreed on by ALPN where the URL is `https:`, and spoken with prior knowledge where
        ///     it is `http:`.
        ///   - isRepeatable: nil: as the method promises (RFC 9110 §9.2.2).
        package init(
            method: String = "GET", url: String, connectTo: String? = nil, tls: TLS = TLS(), fields: HTTPFields = [:],
            body: Data = Data(), version: HTTPVersion = .http11, timeout: Duration? = nil,
            connectTimeout: Duration = .seconds(10), isRepeatable: Bool? = nil, maxResponseBytes: Int = 256 << 20,
            onProgress: (@Sendable (TransferProgress) -> Void)? = nil
        ) {
            self.method = method
            self.url = url
            self.connectTo = connectTo
            self.tls = tls
            self.isRepeatable = isRepeatable ?? ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].contains(method)
            self.fields = fields
            self.body = body
            self.version = version
            self.timeout = timeout
            self.connectTimeout = connectTimeout
            self.maxResponseBytes = maxResponseBytes
            self.onProgress = onProgress
        }
    }

    /// Whom the client trusts over TLS, and as whom it speaks. The certificate of a server and its name are always
    /// verified. The files are PEM and read when a connection is made.
    package struct TLS: Sendable, Hashable {
        /// Authorities trusted; nil: those of the system.
        package var authorityFile: String?
        /// The client's certificate with its chain, where servers ask for one.
        package var certificateFile: String?
        /// The certificate's key; nil: it stands in the certificate's file.
        package var keyFile: String?

        package init(authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
            self.authorityFile = authorityFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
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

package import RPC
package import Wire

extension RPCStatus {
    /// A status with one `hilum.v1.ErrorInfo`, so that a program can act on it.
    ///
    /// - Parameters:
    ///   - reason: the cause, UPPER_SNAKE.
    ///   - message: one sentence for people; no patient data.
    ///   - field: a DICOM keyword or a field of the request.
    ///   - found: the value found; never patient data.
    ///   - limit: the limit, or what was expected.
    ///   - remedy: what the caller can do.
    package init(
        _ code: Code, reason: String, _ message: String, field: String = "", found: String = "", limit: String = "",
        remedy: String = ""
    ) {
        let info = ErrorInfo(reason: reason, field: field, found: found, limit: limit, remedy: remedy)
        self.init(code, message, details: [info] as [any Message])
    }

    /// The detail that says more than the message, if there is one.
    package var errorInfo: ErrorInfo? {
        detail(ErrorInfo.self)
    }
}

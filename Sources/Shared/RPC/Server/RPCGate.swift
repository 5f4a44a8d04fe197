package import HTTP
package import Wire

/// Decides who may call, before anything but the head of a call is read, and hears of each request that is about to be
/// answered. Calls in process do not pass it.
package protocol RPCGate: Sendable {
    /// Lets a call in.
    ///
    /// - Parameter method: `hilum.v1.ClassifierService/Classify`; nil where the path names no method of ours.
    /// - Returns: the caller; nil where it need not be known.
    func admit(_ request: HTTPRequest, toMethod method: String?) throws(RPCRefusal) -> Caller?
    /// Called with the one request of a call, before its method is.
    ///
    /// - Throws: where the call must not be answered.
    func willAnswer(_ request: any Message, _ context: CallContext) async throws
}

/// Why a call does not get to its method, with what goes beside the status.
package struct RPCRefusal: Error {
    package let status: RPCStatus
    package let metadata: ResponseMetadata

    package init(_ status: RPCStatus, metadata: ResponseMetadata = ResponseMetadata()) {
        self.status = status
        self.metadata = metadata
    }
}

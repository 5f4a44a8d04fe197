/// One replica of a service.
package struct Endpoint: Hashable, Sendable {
    /// `http://host:port`.
    package let address: String
    /// `address:port` to connect to, where the host's name has several; its certificate names the host all the same.
    package let connectTo: String?

    package init(address: String, connectTo: String? = nil) {
        self.address = address
        self.connectTo = connectTo
    }

    /// `host:port`, for logs and metrics.
    package var label: String {
        connectTo ?? address.split(separator: "://", maxSplits: 1).last.map(String.init) ?? address
    }
}

import HTTP

/// The fields that Connect's unary and streaming calls have in common (connectrpc.com/docs/protocol).
enum ConnectFields {
    /// - Throws: `invalidArgument` for a version of the protocol that we do not know; absent means 1.
    static func checkVersion(_ fields: HTTPFields) throws(RPCStatus) {
        guard (fields["connect-protocol-version"] ?? "1") == "1" else {
            throw RPCStatus(.invalidArgument, "connect-protocol-version is not 1")
        }
    }

    /// `connect-timeout-ms`: at most ten digits.
    ///
    /// - Throws: `invalidArgument` where it is malformed.
    static func timeout(_ fields: HTTPFields) throws(RPCStatus) -> Duration? {
        guard let text = fields["connect-timeout-ms"] else { return nil }
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39) ~= $0 }), let count = Int(text)
        else { throw RPCStatus(.invalidArgument, "connect-timeout-ms is malformed") }
        return .milliseconds(count)
    }
}

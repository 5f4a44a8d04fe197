/// Where the replicas of a service are, as an operator writes it.
package enum Target: Equatable, Sendable {
    /// `http://host:port`: one replica.
    case replica(address: String)
    /// `dns+http://host:port`: a replica at every address of the host.
    case host(scheme: String, name: String, port: Int)
    /// `srv+http://_hilum._tcp.example.org`: a replica at every address of the name's service records.
    case service(scheme: String, name: String)

    /// - Parameter text: with `http` or `https`; `host:port` alone is one replica over `http`.
    package init?(_ text: String) {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        let kind = parts.count == 2 ? String(parts[0]) : "http"
        guard let rest = parts.last, let scheme = Self.scheme(of: kind) else { return nil }
        if kind.hasPrefix("srv+") {
            guard Self.isName(rest), rest.contains(".") else { return nil }
            self = .service(scheme: scheme, name: String(rest))
            return
        }
        guard let (host, port) = Self.hostAndPort(rest) else { return nil }
        self =
            kind.hasPrefix("dns+")
            ? .host(scheme: scheme, name: host, port: port) : .replica(address: "\(scheme)://\(host):\(port)")
    }

    /// True where the replicas are to be looked up, again and again.
    var isLookedUp: Bool {
        if case .replica = self { false } else { true }
    }

    private static func scheme(of kind: String) -> String? {
        switch kind {
        case "http", "dns+http", "srv+http": "http"
        case "https", "dns+https", "srv+https": "https"
        default: nil
        }
    }

    private static func isName(_ text: Substring) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9._\-]{1,253}/) != nil
    }

    private static func hostAndPort(_ text: Substring) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65535).contains(port)
        else { return nil }
        let host = text[..<colon]
        guard isName(host) || host.wholeMatch(of: /\[[0-9a-fA-F:.]+\]/) != nil else { return nil }
        return (String(host), port)
    }
}

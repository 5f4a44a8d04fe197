import Foundation
package import HTTP
package import RPC
package import ServiceKit

/// How the gateway reaches the services behind it.
package struct BackendOptions: Equatable, Sendable {
    /// Spreading, health checks, ejection, retries.
    package var balancing = BalancerOptions()
    /// PEM file of the authorities trusted where an address is `https:`; nil: the system's.
    package var authorityFile: String?
    /// PEM file of the certificate that the gateway shows.
    package var certificateFile: String?
    /// PEM file of its key; nil: in the certificate's file.
    package var keyFile: String?
    /// File with the token shown to services; nil: none.
    package var tokenFile: String?
    /// Name server asked for service records.
    package var nameServer: NameResolver.Server?

    package init() {}

    package static let fields: [ConfigurationField<BackendOptions>] = [
        .init(
            "backend-ca", \.authorityFile, .optionalPath,
            help: "PEM file of the authorities trusted for https addresses; empty: those of the system."),
        .init(
            "backend-certificate", \.certificateFile, .optionalPath,
            help: "PEM file of the certificate shown to services that ask for one."),
        .init(
            "backend-key", \.keyFile, .optionalPath,
            help: "PEM file of the certificate's key; empty: it is in the certificate's file."),
        .init(
            "backend-token-file", \.tokenFile, .optionalPath,
            help: "File with the token shown to services that ask for one."),
        .init(
            "health-check-seconds", \.balancing.checkInterval, .seconds(0...3600),
            help: "Time between two health checks of a replica; 0: none."),
        .init(
            "lookup-seconds", \.balancing.lookupInterval, .seconds(0.1...86_400),
            help: "Time between two look-ups of dns+ and srv+ addresses."),
        .init(
            "name-server", \.nameServer, .nameServer,
            help: "Name server asked for srv+ addresses; empty: those of the system."),
        .init(
            "eject-after-failures", \.balancing.ejectAfterFailures, .integer(1...1000, unit: "failures"),
            help: "Failures one after the other after which a replica gets no calls for a while."),
        .init(
            "eject-first-seconds", \.balancing.firstEjection, .seconds(0.01...3600),
            help: "How long that is the first time; each further time it is twice as long."),
        .init(
            "eject-longest-seconds", \.balancing.longestEjection, .seconds(0.01...86_400),
            help: "How long it is at most."),
        .init(
            "eject-max-share", \.balancing.maxEjectedShare, .number(0...1, unit: "(share of the replicas)"),
            help: "Replicas that may be left out for failures at the same time."),
        .init(
            "backend-retry-share", \.balancing.retryShare, .number(0...1, unit: "(share of the calls)"),
            help: "Calls that may be sent again to another replica."),
        .init(
            "backend-retry-minimum", \.balancing.retryMinimum, .integer(0...10_000, unit: "calls in ten seconds"),
            help: "Calls that may be sent again however few there are."),
    ]

    /// Whom connections to services trust, and what they show.
    package var tls: HTTPClient.TLS {
        HTTPClient.TLS(authorityFile: authorityFile, certificateFile: certificateFile, keyFile: keyFile)
    }

    var nameResolver: NameResolver { NameResolver(server: nameServer) }

    func checkConsistency() throws(ConfigurationError) {
        guard balancing.longestEjection >= balancing.firstEjection else {
            throw .contradiction(
                key: "eject-longest-seconds", value: "\(balancing.longestEjection.inSeconds)",
                reason: "it is shorter than eject-first-seconds")
        }
        if let keyFile, certificateFile == nil {
            throw .contradiction(key: "backend-key", value: keyFile, reason: "there is no backend-certificate")
        }
        let files = [
            ("backend-ca", authorityFile), ("backend-certificate", certificateFile), ("backend-key", keyFile),
            ("backend-token-file", tokenFile),
        ]
        for case (let key, let path?) in files where !FileManager.default.isReadableFile(atPath: path) {
            throw .contradiction(key: key, value: path, reason: "the file cannot be read")
        }
    }
}

extension ValueFormat<NameResolver.Server?> {
    /// `address:port`; empty means none.
    static var nameServer: Self {
        ValueFormat(
            type: "address", allowed: "an IPv4 address and a port, or empty for none",
            parse: { text in
                if text.isEmpty { return .some(nil) }
                let parts = text.split(separator: ":", omittingEmptySubsequences: false)
                guard parts.count == 2, let port = UInt16(parts[1]), port > 0 else { return nil }
                let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
                guard numbers.count == 4, numbers.allSatisfy({ UInt8($0) != nil }) else { return nil }
                return NameResolver.Server(address: String(parts[0]), port: port)
            },
            render: { $0.map { "\($0.address):\($0.port)" } ?? "" })
    }
}

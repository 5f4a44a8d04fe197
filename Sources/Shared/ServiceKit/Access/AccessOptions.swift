/// Who may do what with a server: where its callers and their roles come from. Off while no source is configured.
package struct AccessOptions: Equatable, Sendable {
    /// Who may read `/metrics`.
    package enum MetricsAccess: String, CaseIterable, Sendable {
        case open
        case `operator`
    }

    /// File of static tokens, hashed.
    package var tokenFile: String?
    /// File of the keys that JSON Web Tokens are signed with.
    package var keyFile: String?
    /// `iss` of these.
    package var issuer = ""
    /// `aud` of these.
    package var audience = ""
    /// Claim with the roles.
    package var rolesClaim = "roles"
    /// File that gives client certificates their roles.
    package var certificateFile: String?
    package var metrics = MetricsAccess.open
    /// Requests a second that one caller may send in the long run; 0: any number.
    package var requestsPerSecond = 0
    /// Requests that it may send at once.
    package var burst = 100
    /// File of the audit log; nil: none is kept.
    package var auditFile: String?
    /// Size at which the audit log goes on in a new file.
    package var auditFileBytes = 64 << 20

    package init() {}

    package static let fields: [ConfigurationField<AccessOptions>] = [
        .init(
            "access-tokens", \.tokenFile, .optionalPath,
            help: "File of static tokens, hashed (`hilum token` writes it). Read again on SIGHUP."),
        .init(
            "access-jwt-keys", \.keyFile, .optionalPath,
            help: "File of the keys that JSON Web Tokens are signed with: PEM or JWKS. Read again on SIGHUP."),
        .init("access-jwt-issuer", \.issuer, .anyText("text"), help: "Issuer (iss) of these tokens."),
        .init("access-jwt-audience", \.audience, .anyText("text"), help: "Audience (aud) of these tokens."),
        .init(
            "access-jwt-roles", \.rolesClaim, .text("name of a claim; a dot goes into an object"),
            help: "Claim with the caller's roles, a list or words with spaces between."),
        .init(
            "access-certificates", \.certificateFile, .optionalPath,
            help: "File that gives client certificates their roles; needs tls-client-ca. Read again on SIGHUP."),
        .init(
            "access-metrics", \.metrics, .choice,
            help: "Whether /metrics is open or for operators, where access is controlled."),
        .init(
            "rate-limit", \.requestsPerSecond, .integer(0...1_000_000, unit: "requests a second"),
            help: "Requests of one caller, without access control of one address, in the long run; 0: any number."),
        .init(
            "rate-burst", \.burst, .integer(1...1_000_000, unit: "requests"),
            help: "Requests of one caller at once, where rate-limit is set; beyond: RESOURCE_EXHAUSTED."),
        .init(
            "audit-log", \.auditFile, .optionalPath,
            help: "File of the audit log: who read, reviewed and exported what, and who was refused; none: not kept."),
        .init(
            "audit-file-bytes", \.auditFileBytes, .bytes(4096...(1 << 40)),
            help: "Size at which the audit log goes on in a new file."),
    ]

    /// Whether callers have to show who they are.
    package var isOn: Bool { tokenFile != nil || keyFile != nil || certificateFile != nil }

    func checkConsistency(tlsClientAuthorities: String?) throws(ConfigurationError) {
        if let keyFile, issuer.isEmpty || audience.isEmpty {
            throw .contradiction(
                key: "access-jwt-keys", value: keyFile,
                reason: "access-jwt-issuer and access-jwt-audience are required with it")
        }
        if let certificateFile, tlsClientAuthorities == nil {
            throw .contradiction(
                key: "access-certificates", value: certificateFile, reason: "tls-client-ca is missing")
        }
        if metrics == .operator, !isOn {
            throw .contradiction(
                key: "access-metrics", value: "operator", reason: "there is no access control to know operators by")
        }
    }
}

extension ServerOptions {
    /// Whether the program listens for callers on its own machine alone.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}

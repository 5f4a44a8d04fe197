import HTTP
package import RPC

extension AccessError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .credentialsMissing:
            RPCStatus(
                .unauthenticated, reason: "CREDENTIALS_MISSING", "the request does not show who sends it",
                field: "authorization", limit: "Bearer TOKEN, or a client certificate",
                remedy: "Send a token, or show a client certificate.")
        case .credentialsInvalid(let fault):
            RPCStatus(
                .unauthenticated, reason: "CREDENTIALS_INVALID", "the credentials are not valid: \(fault.text)",
                field: "authorization", found: fault.rawValue, remedy: "Get a new token, or correct the certificate.")
        case .roleMissing(let needed):
            RPCStatus(
                .permissionDenied, reason: "ROLE_MISSING", "the caller has none of the roles that may do this",
                limit: needed.map(\.rawValue).joined(separator: ", "), remedy: "Ask an operator for one of these roles."
            )
        case .noRoleStated:
            RPCStatus(.permissionDenied, reason: "NO_ROLE_STATED", "no role may do this")
        case .tooManyRequests(let retryAfter):
            RPCStatus(
                .resourceExhausted, reason: "RATE_LIMITED", "the caller sends more requests than it may",
                remedy: "Try again in \(AdmissionError.wholeSeconds(retryAfter)) s.")
        case .auditUnavailable:
            RPCStatus(
                .unavailable, reason: "AUDIT_UNAVAILABLE", "the audit log cannot be written",
                remedy: "See the server's log, then try again.")
        }
    }
}

extension CredentialFault {
    /// For people.
    fileprivate var text: String {
        switch self {
        case .malformed: "malformed"
        case .unknown: "unknown"
        case .signature: "not signed by a key that is trusted here"
        case .algorithm: "signed by an algorithm that is not allowed"
        case .expired: "expired"
        case .notYetValid: "not valid yet"
        case .issuer: "of another issuer"
        case .audience: "meant for another audience"
        case .claims: "a claim is missing"
        }
    }
}

package import HTTP

/// Why a request is not let in. Says nothing of what a token holds.
package enum AccessError: Error, Equatable, Sendable {
    /// The request shows neither token nor certificate.
    case credentialsMissing
    /// What the request shows is none of ours, or not valid now.
    case credentialsInvalid(CredentialFault)
    /// The caller is known and has none of the roles that are asked for.
    case roleMissing(needed: [Caller.Role])
    /// The table of access names no role for this.
    case noRoleStated
    /// The caller sends faster than it may.
    case tooManyRequests(retryAfter: Duration)
    /// The audit log cannot be written, so nothing that has to be in it is done.
    case auditUnavailable
}

/// What is wrong with a token or certificate.
package enum CredentialFault: String, Error, CaseIterable, Sendable {
    /// Not of the form `Bearer TOKEN`, given twice, too long, or no JSON Web Token where it looks like one.
    case malformed
    /// A static token that is not in the file, or a certificate that no rule names.
    case unknown
    /// Signed by a key that is not configured, or not signed by the one it names.
    case signature
    /// An algorithm that is not allowed, or not the key's; `none` too.
    case algorithm
    case expired
    case notYetValid = "not_yet_valid"
    case issuer
    case audience
    /// A claim that has to be there is missing or of the wrong type.
    case claims
}

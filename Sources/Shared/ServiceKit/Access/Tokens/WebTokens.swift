package import Foundation
package import HTTP

/// Verifies JSON Web Tokens (RFC 7519) of one issuer, signed as RFC 7515 has it in the compact form, by the rules of
/// RFC 8725: the key says the algorithm, and issuer, audience and end have to be there.
package struct WebTokens: Sendable {
    /// A longer token is refused unread.
    private static let maxBytes = 16 << 10
    /// By how much the issuer's clock may differ from ours.
    private static let leewaySeconds = 30.0
    /// What a token may say it is.
    private static let types: Set<String> = ["JWT", "AT+JWT"]

    private let keys: SigningKeys
    private let issuer: String
    private let audience: String
    private let rolesClaim: String

    /// - Parameter keys: PEM or JWKS.
    /// - Throws: `CredentialFileError`.
    package init(
        keys: [UInt8], issuer: String, audience: String, rolesClaim: String = "roles"
    ) throws(CredentialFileError) {
        self.keys = try SigningKeys(keys)
        self.issuer = issuer
        self.audience = audience
        self.rolesClaim = rolesClaim
    }

    /// The caller that a token names: `sub` with its roles; roles we do not know are left out.
    package func caller(with token: String, at now: Date = Date()) throws(CredentialFault) -> Caller {
        guard token.utf8.count <= Self.maxBytes else { throw .malformed }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Base64URL.decode(parts[2]), let header = Self.object(parts[0]) else {
            throw .malformed
        }
        try verify(signature, of: Array("\(parts[0]).\(parts[1])".utf8), header)
        guard let claims = Self.object(parts[1]) else { throw .malformed }
        try check(claims, at: now)
        guard let subject = claims["sub"] as? String, let name = Caller.checked(name: subject) else { throw .claims }
        return Caller(name: name, roles: roles(in: claims))
    }

    private func verify(_ signature: [UInt8], of message: [UInt8], _ header: [String: Any]) throws(CredentialFault) {
        guard let algorithm = header["alg"] as? String else { throw .malformed }
        // Extensions that have to be understood (RFC 7515 §4.1.11): we understand none.
        guard header["crit"] == nil, header["b64"] == nil else { throw .malformed }
        if let type = header["typ"] as? String, !Self.types.contains(type.uppercased()) { throw .malformed }
        let candidates = keys.candidates(id: header["kid"] as? String)
        guard !candidates.isEmpty else { throw .signature }
        let fitting = candidates.filter { $0.algorithm == algorithm }
        guard !fitting.isEmpty else { throw .algorithm }
        guard fitting.contains(where: { $0.verifies(signature, of: message) }) else { throw .signature }
    }

    private func check(_ claims: [String: Any], at now: Date) throws(CredentialFault) {
        guard let end = Self.time(claims["exp"]) else { throw .claims }
        guard now.timeIntervalSince1970 < end + Self.leewaySeconds else { throw .expired }
        if let claim = claims["nbf"] {
            guard let begin = Self.time(claim) else { throw .claims }
            guard now.timeIntervalSince1970 >= begin - Self.leewaySeconds else { throw .notYetValid }
        }
        guard claims["iss"] as? String == issuer else { throw .issuer }
        let audiences = (claims["aud"] as? String).map { [$0] } ?? claims["aud"] as? [String] ?? []
        guard audiences.contains(audience) else { throw .audience }
    }

    /// Of a claim by its name, or inside an object by the names with a dot between.
    private func roles(in claims: [String: Any]) -> Set<Caller.Role> {
        var claim = claims[rolesClaim]
        if claim == nil {
            claim = rolesClaim.split(separator: ".").reduce(claims as Any?) { ($0 as? [String: Any])?[String($1)] }
        }
        let words = claim as? [String] ?? (claim as? String)?.split(separator: " ").map(String.init) ?? []
        return Set(words.compactMap { Caller.Role(rawValue: $0) })
    }

    private static func object(_ text: Substring) -> [String: Any]? {
        guard let bytes = Base64URL.decode(text) else { return nil }
        return (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
    }

    /// A NumericDate (RFC 7519 §2); nil for anything else.
    private static func time(_ claim: Any?) -> Double? {
        guard let value = (claim as? NSNumber)?.doubleValue, value.isFinite else { return nil }
        return value
    }
}

import Cryptography
import Foundation
import HTTP
import Testing

import ServiceKit

@Suite struct StaticTokenTests {
    @Test func `a token that was made is known by its line, and by no other`() throws {
        let made = try #require(StaticTokens.make(for: Caller(name: "pacs", roles: [.sender, .reader])))
        let tokens = try StaticTokens(
            "# made today\n\n\(made.line)\nother operator \(String(repeating: "0", count: 64))\n")
        #expect(tokens.caller(with: made.token) == Caller(name: "pacs", roles: [.sender, .reader]))
        #expect(tokens.caller(with: made.token + "A") == nil)
        #expect(tokens.caller(with: "") == nil)
        #expect(!made.line.contains(made.token.dropFirst(StaticTokens.prefix.count)))
    }

    @Test func `two tokens differ`() throws {
        let caller = Caller(name: "a", roles: [.reader])
        #expect(try #require(StaticTokens.make(for: caller)).token != #require(StaticTokens.make(for: caller)).token)
    }

    @Test(arguments: [
        ("pacs sender", 1), ("\n\npacs sender 12", 3), ("pacs admin \(String(repeating: "0", count: 64))", 1),
        ("pacs sender \(String(repeating: "g", count: 64))", 1),
        ("pacs sender,  \(String(repeating: "0", count: 64))", 1),
    ])
    func `a line that is not whole is named by its number`(text: String, line: Int) {
        #expect {
            try StaticTokens(text)
        } throws: { error in
            if case CredentialFileError.malformedLine(line, _) = error { true } else { false }
        }
    }
}

@Suite struct ClientCertificateTests {
    private let certificate = PeerCertificate(
        subject: "CN=console-3,O=Radiology", dnsNames: ["Console-3.example"], uris: ["spiffe://site/console/3"],
        emailAddresses: ["mr@example.org"], fingerprint: String(repeating: "ab", count: 32))

    @Test(arguments: [
        "SUBJECT:CN=console-3,O=Radiology", "DNS:console-3.example", "URI:spiffe://site/console/3",
        "EMAIL:mr@example.org", "SHA256:" + String(repeating: "AB", count: 32),
    ])
    func `a certificate is known by each of its marks`(mark: String) throws {
        let rules = try ClientCertificates("console-3 console \(mark)")
        #expect(rules.caller(with: certificate) == Caller(name: "console-3", roles: [.console]))
    }

    @Test func `a part of a name is no name`() throws {
        let rules = try ClientCertificates("c console DNS:example\nd reader SUBJECT:CN=console-3")
        #expect(rules.caller(with: certificate) == nil)
    }

    @Test func `the closest mark counts`() throws {
        let rules = try ClientCertificates("a sender DNS:console-3.example\nb reader SUBJECT:CN=console-3,O=Radiology")
        #expect(rules.caller(with: certificate)?.name == "b")
    }

    @Test func `two lines for one certificate are refused`() {
        #expect(throws: CredentialFileError.self) { try ClientCertificates("a sender DNS:x\nb reader DNS:X") }
    }
}

@Suite struct WebTokenTests {
    private static let secret = [UInt8](repeating: 7, count: 32)
    private static let now = Date(timeIntervalSince1970: 1_700_000_000)

    private func tokens(_ keys: String? = nil, rolesClaim: String = "roles") throws -> WebTokens {
        let ours = "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"one\",\"k\":\"\(Base64URL.encode(Self.secret))\"}]}"
        return try WebTokens(
            keys: Array((keys ?? ours).utf8), issuer: "https://issuer", audience: "hilum", rolesClaim: rolesClaim)
    }

    private func sign(_ header: String, _ claims: String, secret: [UInt8] = secret) throws -> String {
        let message = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(claims.utf8))
        let signature = try #require(HMACSHA256.code(of: Array(message.utf8), key: secret))
        return message + "." + Base64URL.encode(signature)
    }

    private static let header = #"{"alg":"HS256","kid":"one","typ":"JWT"}"#

    private func claims(_ changes: String = "", end: Int = 1_700_000_600, roles: String = #"["reader","unheard-of"]"#)
        -> String
    {
        #"{"iss":"https://issuer","aud":["other","hilum"],"sub":"dr-roe","exp":\#(end),"roles":\#(roles)\#(changes)}"#
    }

    @Test func `a good token gives its subject and the roles we know`() throws {
        let token = try sign(Self.header, claims())
        #expect(try tokens().caller(with: token, at: Self.now) == Caller(name: "dr-roe", roles: [.reader]))
    }

    @Test(arguments: [("roles", #""sender reader""#), ("roles", #"["sender","reader"]"#)])
    func `roles are a list or words`(claim: String, roles: String) throws {
        let token = try sign(Self.header, claims(roles: roles))
        #expect(try tokens().caller(with: token, at: Self.now).roles == [.sender, .reader])
    }

    @Test func `roles may lie inside an object`() throws {
        let token = try sign(Self.header, claims(#","realm":{"access":["operator"]}"#))
        #expect(try tokens(rolesClaim: "realm.access").caller(with: token, at: Self.now).roles == [.operator])
    }

    @Test(arguments: [
        (#","nbf":1700000031"#, 1_700_000_600, CredentialFault.notYetValid),
        ("", 1_699_999_970, .expired), ("", 0, .expired),
        (#","iss":"https://other""#, 1_700_000_600, .issuer), (#","iss":7"#, 1_700_000_600, .issuer),
        (#","aud":"other""#, 1_700_000_600, .audience), (#","aud":7"#, 1_700_000_600, .audience),
        (#","exp":"soon""#, 1_700_000_600, .claims), (#","nbf":"soon""#, 1_700_000_600, .claims),
        (#","sub":"""#, 1_700_000_600, .claims), (#","sub":7"#, 1_700_000_600, .claims),
    ])
    func `a claim that is wrong or missing is named`(change: String, end: Int, fault: CredentialFault) throws {
        let token = try sign(Self.header, claims(change, end: end))
        #expect(throws: fault) { try tokens().caller(with: token, at: Self.now) }
    }

    @Test func `clocks may differ by half a minute`() throws {
        let tokens = try tokens()
        #expect(throws: Never.self) {
            try tokens.caller(with: sign(Self.header, claims(end: 1_699_999_971)), at: Self.now)
        }
        let soon = try sign(Self.header, claims(#","nbf":1700000030"#))
        #expect(throws: Never.self) { try tokens.caller(with: soon, at: Self.now) }
    }

    @Test(arguments: [
        (#"{"alg":"none"}"#, CredentialFault.algorithm), (#"{"alg":"RS256","kid":"one"}"#, .algorithm),
        (#"{"alg":"hs256","kid":"one"}"#, .algorithm), (#"{"alg":"HS512","kid":"one"}"#, .algorithm),
        (#"{"alg":"HS256","kid":"two"}"#, .signature), (#"{"alg":"HS256","crit":["b64"],"b64":false}"#, .malformed),
        (#"{"alg":"HS256","typ":"dpop+jwt"}"#, .malformed), (#"{"kid":"one"}"#, .malformed),
        (#"["HS256"]"#, .malformed),
    ])
    func `a header that promises something else is refused`(header: String, fault: CredentialFault) throws {
        let token = try sign(header, claims())
        #expect(throws: fault) { try tokens().caller(with: token, at: Self.now) }
    }

    @Test func `another secret, another byte and another part are refused`() throws {
        let tokens = try tokens()
        let good = try sign(Self.header, claims())
        let other = try sign(Self.header, claims(), secret: [UInt8](repeating: 8, count: 32))
        #expect(throws: CredentialFault.signature) { try tokens.caller(with: other, at: Self.now) }
        let parts = good.split(separator: ".")
        let forged = "\(parts[0]).\(Base64URL.encode(Array(claims(roles: #"["operator"]"#).utf8))).\(parts[2])"
        #expect(throws: CredentialFault.signature) { try tokens.caller(with: forged, at: Self.now) }
        for text in [
            "", ".", "..", "a.b.c", "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).", good + "=", good + ".x",
        ] {
            #expect(throws: CredentialFault.self) { try tokens.caller(with: text, at: Self.now) }
        }
        #expect(throws: CredentialFault.malformed) {
            try tokens.caller(with: String(repeating: "a", count: 20_000), at: Self.now)
        }
    }

    /// RFC 7515 appendix A.2 and A.3, RFC 8037 appendix A.4. Only the signature is meant to be right: what follows is
    /// refused for its audience, or because it is no claim.
    @Test(arguments: [
        (
            #"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#,
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
            CredentialFault.expired
        ),
        (
            #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            .expired
        ),
        (
            #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            .malformed
        ),
    ])
    func `the signatures of the standards are verified, and one bit less is not`(
        key: String, token: String, fault: CredentialFault
    ) throws {
        let tokens = try tokens("{\"keys\":[\(key)]}")
        #expect(throws: fault) { try tokens.caller(with: token, at: Self.now) }
        let parts = token.split(separator: ".")
        var signature = try #require(Base64URL.decode(parts[2]))
        signature[20] ^= 1
        let changed = "\(parts[0]).\(parts[1]).\(Base64URL.encode(signature))"
        #expect(throws: CredentialFault.signature) { try tokens.caller(with: changed, at: Self.now) }
    }

    @Test(arguments: [
        "", "{}", "{\"keys\":[]}", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        #"{"keys":[{"kty":"oct","k":"c2hvcnQ"}]}"#, #"{"keys":[{"kty":"RSA","n":"ofgWCuLjybRlzo0t","e":"AQAB"}]}"#,
        #"{"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]}"#,
        #"{"keys":[{"kty":"OKP","crv":"Ed25519","use":"enc","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
    ])
    func `a file without a key that can be used is refused`(text: String) {
        #expect(throws: CredentialFileError.self) { try tokens(text) }
    }
}

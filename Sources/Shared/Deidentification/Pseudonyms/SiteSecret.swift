import Cryptography

/// The site's secret, from which pseudonyms, UIDs and date shifts follow: the same for the same patient whenever and
/// wherever in the site they are made, and nothing that anybody without the secret can check a guess against.
package struct SiteSecret: Sendable {
    /// As long as the hash behind it (RFC 2104 §3).
    package static let leastBytes = 32

    private let key: [UInt8]

    /// - Throws: `DeidentificationError.shortSecret`.
    package init(_ key: [UInt8]) throws(DeidentificationError) {
        guard key.count >= Self.leastBytes else { throw .shortSecret(leastBytes: Self.leastBytes) }
        self.key = key
    }

    /// What a patient is called outside: `P-` and 16 letters and digits.
    package func patientPseudonym(_ identity: String) throws(DeidentificationError) -> String {
        "P-" + Self.base32(try code("patient", identity).prefix(10))
    }

    /// Stands for an accession number: 16 characters, as SH allows (PS3.5 §6.2).
    package func accessionPseudonym(_ number: String) throws(DeidentificationError) -> String {
        "A" + Self.base32(try code("accession", number).prefix(10)).prefix(15)
    }

    /// Another UID for a UID: a UUID under 2.25 (PS3.5 §B.2), version 8 of RFC 9562 §5.8.
    package func uid(_ original: String) throws(DeidentificationError) -> String {
        var bytes = Array(try code("uid", original).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return "2.25." + Self.decimal(bytes)
    }

    /// By how many days a patient's dates are moved: one to ten years into the past. More than a month, so that no date
    /// of a study becomes another of its dates.
    package func dayShift(_ identity: String) throws(DeidentificationError) -> Int {
        let code = try code("days", identity)
        let number = code.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return -(365 + Int(number % 3288))
    }

    /// Whether an entry of a map follows from this secret.
    package func confirms(_ entry: ReidentificationMap.Entry) -> Bool {
        let made: String? =
            switch entry.kind {
            case .patient: try? patientPseudonym(entry.original)
            case .accession: try? accessionPseudonym(entry.original)
            case .uid: try? uid(entry.original)
            }
        return made == entry.pseudonym
    }

    private func code(_ purpose: String, _ text: String) throws(DeidentificationError) -> [UInt8] {
        guard let code = HMACSHA256.code(of: Array("\(purpose)\u{0}\(text)".utf8), key: key) else { throw .outOfMemory }
        return code
    }

    /// RFC 4648 §6 without padding.
    private static func base32(_ bytes: some Sequence<UInt8>) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var result: [UInt8] = []
        var buffer = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | Int(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                result.append(letters[buffer >> bits & 31])
            }
            buffer &= (1 << bits) - 1
        }
        if bits > 0 { result.append(letters[buffer << (5 - bits) & 31]) }
        return String(decoding: result, as: UTF8.self)
    }

    /// A big-endian number in decimal digits.
    private static func decimal(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = [0]
        for byte in bytes {
            var carry = Int(byte)
            for index in digits.indices {
                carry += Int(digits[index]) << 8
                digits[index] = UInt8(carry % 10)
                carry /= 10
            }
            while carry > 0 {
                digits.append(UInt8(carry % 10))
                carry /= 10
            }
        }
        return String(decoding: digits.reversed().map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    }
}

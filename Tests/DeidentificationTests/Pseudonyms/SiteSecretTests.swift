import Deidentification
import Testing

@Suite struct SiteSecretTests {
    private let secret: SiteSecret

    init() throws { secret = try SiteSecret([UInt8](repeating: 1, count: 32)) }

    @Test func `pseudonyms are the same for the same patient and secret, and differ otherwise`() throws {
        let other = try SiteSecret([UInt8](repeating: 2, count: 32))
        #expect(try secret.patientPseudonym("1") == secret.patientPseudonym("1"))
        #expect(try secret.patientPseudonym("1") != secret.patientPseudonym("2"))
        #expect(try secret.patientPseudonym("1") != other.patientPseudonym("1"))
        #expect(try secret.patientPseudonym("1").utf8.count == 18)
        #expect(try secret.accessionPseudonym("1").utf8.count == 16)
    }

    @Test func `UIDs are valid, under 2.25, and of a version 8 UUID`() throws {
        var seen: Set<String> = []
        for index in 0..<2000 {
            let uid = try secret.uid("1.2.3.\(index)")
            let number = uid.dropFirst(5)
            #expect(uid.hasPrefix("2.25.") && uid.utf8.count <= 44)
            #expect(!number.hasPrefix("0") && number.utf8.allSatisfy { (0x30...0x39).contains($0) })
            let value = try #require(UInt128(number))
            #expect(value >> 76 & 0xF == 8)
            #expect(value >> 62 & 0x3 == 2)
            seen.insert(uid)
        }
        #expect(seen.count == 2000)
    }

    @Test func `days are moved by one to ten years into the past`() throws {
        let shifts = try (0..<2000).map { try secret.dayShift("\($0)") }
        #expect(shifts.allSatisfy { (-3652...(-365)).contains($0) })
        #expect(Set(shifts).count > 1000)
    }

    @Test func `a short secret is refused`() {
        #expect(throws: DeidentificationError.shortSecret(leastBytes: 32)) {
            try SiteSecret([UInt8](repeating: 1, count: 31))
        }
    }
}

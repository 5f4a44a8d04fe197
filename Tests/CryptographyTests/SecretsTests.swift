import Cryptography
import Testing

@Suite struct SecretsTests {
    /// RFC 4231 §4.3.
    @Test func `HMAC-SHA-256 is the standard's`() throws {
        let code = try #require(
            HMACSHA256.code(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)))
        #expect(hexadecimalText(of: code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func `equal is equal, and nothing else is`() {
        #expect(ConstantTime.areEqual([1, 2], [1, 2]))
        #expect(ConstantTime.areEqual([], []))
        #expect(!ConstantTime.areEqual([1, 2], [1, 3]))
        #expect(!ConstantTime.areEqual([1, 2], [1, 2, 3]))
    }

    @Test func `random bytes differ from call to call`() throws {
        #expect(try #require(RandomBytes.make(32)) != #require(RandomBytes.make(32)))
    }
}

import Cryptography
import Foundation
import Testing

@Suite struct SHA256Tests {
    // FIPS 180-4, examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
    func `a digest is that of the standard`(text: String, digest: String) {
        let found = Data(text.utf8).withUnsafeBytes { SHA256.hexadecimal($0) }
        #expect(found == digest)
    }
}

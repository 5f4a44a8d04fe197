import DICOMNetwork
import Testing

@Suite struct AddressBlockTests {
    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false), ("192.0.2.0/24", "192.0.2.200", true),
        ("192.0.2.0/24", "192.0.3.1", false), ("192.0.2.128/25", "192.0.2.127", false), ("0.0.0.0/0", "8.8.8.8", true),
        ("2001:db8::/32", "2001:db8:1::5", true), ("2001:db8::/32", "2001:db9::1", false), ("0.0.0.0/0", "::1", false),
        ("10.0.0.0/8", "unknown", false),
    ])
    func `a block holds the addresses that share its first bits`(block: String, address: String, isInside: Bool) throws
    {
        #expect(try #require(AddressBlock(block)).contains(PeerAddress(address)) == isInside)
    }

    @Test(arguments: ["", "host", "192.0.2.0/33", "192.0.2/24", "192.0.2.0/", "::/129", "1.2.3.4/-1", "1.2.3.4/8/8"])
    func `what is no block is refused`(text: String) {
        #expect(AddressBlock(text) == nil)
    }
}

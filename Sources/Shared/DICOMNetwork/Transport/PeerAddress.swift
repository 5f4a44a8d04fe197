import Glibc

/// An address of the other side, as numbers: `192.0.2.7`, `2001:db8::7`.
package struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// An IPv4 address that came in over IPv6 is an IPv4 address.
    init(_ storage: sockaddr_storage) {
        var storage = storage
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getnameinfo($0, size, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
            }
        }
        let text = status == 0 ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self) : "unknown"
        description = text.hasPrefix("::ffff:") ? String(text.dropFirst(7)) : text
    }

    package init(_ text: String) {
        description = text
    }

    /// The bytes of the address, 4 or 16; nil where it is none.
    var bytes: [UInt8]? { Self.bytes(of: description) }

    static func bytes(of text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
        return nil
    }
}

/// Addresses that peers may come from: one (`192.0.2.7`) or a block (`192.0.2.0/24`).
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    private let bytes: [UInt8]
    private let prefixBits: Int

    /// nil where the text is neither.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = parts.first, parts.count <= 2, let bytes = PeerAddress.bytes(of: String(address)) else {
            return nil
        }
        let bits = parts.count == 2 ? Int(parts[1]) : bytes.count * 8
        guard let bits, (0...bytes.count * 8).contains(bits) else { return nil }
        (description, self.bytes, prefixBits) = (text, bytes, bits)
    }

    package func contains(_ address: PeerAddress) -> Bool {
        guard let other = address.bytes, other.count == bytes.count else { return false }
        return (0..<prefixBits).allSatisfy { bit in
            (bytes[bit / 8] ^ other[bit / 8]) & (0x80 >> (bit % 8)) == 0
        }
    }
}

/// Looks at the headers of the PDUs that go by (PS3.8 §9.3.1) and stops at the first that claims too much.
///
/// A value without I/O: bytes go in as they come, in whatever pieces.
package struct PDUGuard {
    /// An A-ASSOCIATE-RQ with 128 contexts of 128 transfer syntaxes and more.
    package static let maxAssociateBytes = 1 << 20
    /// Release and abort have four bytes, a rejection too.
    private static let maxShortBytes = 4
    private static let headerBytes = 6

    /// Largest P-DATA-TF PDU after its header.
    package let maxDataBytes: Int
    private var header: [UInt8] = []
    private var bodyBytesLeft = 0

    package init(maxDataBytes: Int) {
        self.maxDataBytes = maxDataBytes
        header.reserveCapacity(Self.headerBytes)
    }

    /// - Throws: `oversizedPDU`, or `malformed(.pdu)` for a type that does not exist.
    package mutating func pass(_ bytes: UnsafeRawBufferPointer) throws(DICOMNetworkError) {
        var position = 0
        while position < bytes.count {
            if bodyBytesLeft > 0 {
                let count = min(bodyBytesLeft, bytes.count - position)
                bodyBytesLeft -= count
                position += count
            } else {
                header.append(bytes[position])
                position += 1
                if header.count == Self.headerBytes { try begin() }
            }
        }
    }

    private mutating func begin() throws(DICOMNetworkError) {
        let length = header[2...].reduce(0) { $0 << 8 | Int($1) }
        let limit: Int
        switch header[0] {
        case 1, 2: limit = Self.maxAssociateBytes
        case 3, 5, 6, 7: limit = Self.maxShortBytes
        case 4: limit = maxDataBytes
        default: throw .malformed(.pdu)
        }
        guard length <= limit else { throw .oversizedPDU(claimed: length, limit: limit) }
        bodyBytesLeft = length
        header.removeAll(keepingCapacity: true)
    }
}

import DICOMNetwork
import Testing

@Suite struct PDUGuardTests {
    private func pdu(_ type: UInt8, claiming length: UInt32, body: Int = 0) -> [UInt8] {
        [type, 0] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
            + [UInt8](repeating: 0, count: body)
    }

    private func pass(_ bytes: [UInt8], in pieces: Int) throws {
        var pdus = PDUGuard(maxDataBytes: 4096)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes { try pdus.pass($0) }
        }
    }

    @Test(arguments: [1, 2, 5, 6, 7, 100, 100_000])
    func `PDUs within their limits pass in whatever pieces`(pieces: Int) throws {
        try pass(
            pdu(1, claiming: 500, body: 500) + pdu(4, claiming: 4096, body: 4096) + pdu(4, claiming: 0)
                + pdu(5, claiming: 4, body: 4) + pdu(7, claiming: 4, body: 4), in: pieces)
    }

    @Test(arguments: [
        (UInt8(4), UInt32(4097), 4096), (4, .max, 4096), (1, 1 << 20 + 1, 1 << 20), (2, .max, 1 << 20), (5, 5, 4),
        (6, .max, 4), (7, 5, 4), (3, 5, 4),
    ])
    func `a PDU that claims more ends it with its header`(type: UInt8, length: UInt32, limit: Int) {
        let bytes = pdu(4, claiming: 10, body: 10) + pdu(type, claiming: length)
        for pieces in [1, bytes.count] {
            #expect(throws: DICOMNetworkError.oversizedPDU(claimed: Int(length), limit: limit)) {
                try pass(bytes, in: pieces)
            }
        }
    }

    @Test(arguments: [UInt8(0), 8, 0x16, 0x47, 0xFF])
    func `a type that does not exist ends it`(type: UInt8) {
        #expect(throws: DICOMNetworkError.malformed(.pdu)) { try pass(pdu(type, claiming: 1), in: 3) }
    }
}

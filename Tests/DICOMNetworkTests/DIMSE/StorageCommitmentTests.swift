import DICOMNetwork
import Testing

@Suite struct StorageCommitmentTests {
    private static let reference = SOPReference(sopClassUID: "1.2.840.10008.5.1.4.1.1.4", sopInstanceUID: "1.2.3")

    private func element(_ tag: UInt32, _ value: [UInt8], undefined: Bool = false) -> [UInt8] {
        let length = undefined ? UInt32.max : UInt32(value.count)
        return bytes(UInt16(tag >> 16)) + bytes(UInt16(tag & 0xFFFF)) + bytes(length) + value
    }

    private func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    @Test func `a request has the layout of a report`() throws {
        let request = CommitmentDataSet.request([Self.reference, Self.reference], transactionUID: "2.25.1")
        let report = try CommitmentDataSet.report(parsing: request)
        #expect(
            report
                == CommitmentReport(
                    transactionUID: "2.25.1", committed: [Self.reference, Self.reference], failed: []))
    }

    @Test(arguments: [false, true])
    func `failures come with their reason, with and without lengths`(undefined: Bool) throws {
        let content =
            element(0x0008_1150, Array("1.2.840.10008.5.1.4.1.1.4\0".utf8))
            + element(0x0008_1155, Array("1.2.3\0".utf8))
            + element(0x0008_1197, bytes(UInt16(0x0112)))
        let end = undefined ? element(0xFFFE_E00D, []) : []
        let item = element(0xFFFE_E000, content + end, undefined: undefined)
        let sequence = item + (undefined ? element(0xFFFE_E0DD, []) : [])
        let dataSet =
            element(0x0008_1195, Array("2.25.1".utf8)) + element(0x0008_1198, sequence, undefined: undefined)
        let report = try CommitmentDataSet.report(parsing: dataSet)
        #expect(report.committed.isEmpty)
        #expect(report.failed == [.init(reference: Self.reference, reason: 0x0112)])
    }

    @Test func `endless nesting is refused`() {
        let head = element(0x0008_1195, Array("2.25.1".utf8))
        let nested = (0..<100_000).flatMap { _ in element(0x0008_1199, [], undefined: true) }
        #expect(throws: DICOMNetworkError.malformed(.dataSet)) {
            try CommitmentDataSet.report(parsing: head + nested)
        }
    }
}

import DICOMNetwork
import Foundation
import Testing

@Suite struct FileMetaTests {
    @Test(arguments: ["1.2.3", "1.2.33", String(repeating: "1", count: 64)])
    func `what is written is read again`(instance: String) throws {
        let head = FileMeta.bytes(
            sopClassUID: "1.2.840.10008.5.1.4.1.1.4", sopInstanceUID: instance,
            transferSyntaxUID: UID.explicitVRLittleEndian)
        let file = try Part10File(Data(head) + Data([8, 0, 5, 0]))
        #expect(file.sopInstanceUID == instance)
        #expect(file.sopClassUID == "1.2.840.10008.5.1.4.1.1.4")
        #expect(file.transferSyntaxUID == UID.explicitVRLittleEndian)
        #expect(head.count % 2 == 0)
    }

    @Test func `a file cut short anywhere in its head is refused`() {
        let head = FileMeta.bytes(
            sopClassUID: "1.2.3", sopInstanceUID: "1.2", transferSyntaxUID: UID.explicitVRLittleEndian)
        for count in head.indices {
            #expect(throws: DICOMNetworkError.malformed(.dataSet)) { try Part10File(Data(head.prefix(count))) }
        }
    }
}

import DICOMNetwork
import Testing

@Suite struct CommandSetTests {
    private var store: CommandSet {
        var command = CommandSet(.cStoreRequest, hasDataSet: true)
        command.set(.affectedSOPClassUID, "1.2.840.10008.5.1.4.1.1.4")
        command.set(.affectedSOPInstanceUID, "1.2.3")
        command[.messageID] = 7
        command[.priority] = 0
        return command
    }

    @Test func `what is encoded is read again`() throws {
        let read = try CommandSet(parsing: store.encoded)
        #expect(read.kind == .cStoreRequest)
        #expect(read.hasDataSet && read.isRequest)
        #expect(read.uid(.affectedSOPInstanceUID) == "1.2.3")
        #expect(read[.messageID] == 7)
        #expect(read.encoded == store.encoded)
    }

    @Test func `elements ascend behind their length, of even size`() {
        let bytes = store.encoded
        #expect(bytes.prefix(8).elementsEqual([0, 0, 0, 0, 4, 0, 0, 0]))
        #expect(bytes.count == 12 + Int(bytes[8]) + Int(bytes[9]) << 8)
        #expect(bytes.count % 2 == 0)
    }

    @Test func `a response repeats what the request is about`() throws {
        let response = store.response(.outOfResources("no room"))
        #expect(response.kind == .cStoreResponse)
        #expect(response[.messageIDBeingRespondedTo] == 7)
        #expect(response[.status] == 0xA700)
        #expect(response.uid(.affectedSOPInstanceUID) == "1.2.3")
        #expect(!response.hasDataSet && !response.isRequest)
    }

    @Test func `arbitrary bytes are read or refused, never more`() throws {
        var random = SeededGenerator(state: UInt64.random(in: 0...UInt64.max))
        let seed = random.state
        for _ in 0..<2000 {
            var bytes = store.encoded
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let cut = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            do {
                let read = try CommandSet(parsing: cut)
                #expect(try CommandSet(parsing: read.encoded) == read, "seed \(seed)")
            } catch {
                #expect(error == .malformed(.commandSet), "seed \(seed)")
            }
            _ = try? CommitmentDataSet.report(parsing: cut)
        }
    }
}

import Foundation
import Testing
import Wire

/// A message in both forms, as Swift and Python hand it to each other.
private struct WrittenMessage {
    let name: String
    let binary: Data
    let json: Data

    init(_ message: some Message) throws {
        name = type(of: message).fullName
        binary = try message.serialized()
        json = try message.jsonUTF8()
    }

    /// Takes one record, three chunks that each follow their 32-bit little-endian length, off `bytes`.
    init?(takenFrom bytes: inout Data) {
        func chunk() -> Data? {
            guard bytes.count >= 4 else { return nil }
            let count = bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            defer { bytes = bytes.dropFirst(4 + count) }
            return bytes.dropFirst(4).prefix(count)
        }
        guard let name = chunk(), let binary = chunk(), let json = chunk() else { return nil }
        self.name = String(decoding: name, as: UTF8.self)
        self.binary = Data(binary)
        self.json = Data(json)
    }

    var record: Data {
        [Data(name.utf8), binary, json].reduce(into: Data()) { record, chunk in
            withUnsafeBytes(of: UInt32(chunk.count).littleEndian) { record.append(contentsOf: $0) }
            record.append(chunk)
        }
    }
}

private func randomMessage<M: Message>(_ type: M.Type, seed: UInt64) throws -> WrittenMessage {
    try WrittenMessage(M.random(seed: seed))
}

/// Both forms, read here, are the same message, and it is written here as Python wrote it.
private func expectAgreement<M: Message>(_ type: M.Type, _ python: WrittenMessage) throws {
    let text = Comment(rawValue: "\(M.fullName) \(String(decoding: python.json, as: UTF8.self))")
    #expect(try M(serialized: python.binary).serialized() == python.binary, text)
    #expect(try M(jsonUTF8: python.json).serialized() == python.binary, text)
}

@Suite struct PythonInteropTests {
    @Test(.enabled(if: Checkout.hasPython, ".venv/bin/python is not here; make setup"))
    func `random messages of every type pass between Swift and Python in both forms`() throws {
        let sent = try AllMessages.types.enumerated().flatMap { index, type in
            try (0..<20).map { try randomMessage(type, seed: UInt64(index * 1000 + $0)) }
        }
        let answer = try Checkout.withTemporaryFolder { folder in
            let toPython = folder.appendingPathComponent("swift.bin")
            let fromPython = folder.appendingPathComponent("python.bin")
            try sent.reduce(into: Data()) { $0.append($1.record) }.write(to: toPython)
            let script = Checkout.root.appendingPathComponent("Tests/Interop/wire_roundtrip.py").path
            let python = try Checkout.run(Checkout.python, [script, toPython.path, fromPython.path])
            try #require(python.status == 0, "\(python.output)")
            return try Data(contentsOf: fromPython)
        }

        var rest = answer
        var received: [WrittenMessage] = []
        while let message = WrittenMessage(takenFrom: &rest) { received.append(message) }
        for (here, there) in zip(sent, received) {
            #expect(here.name == there.name && here.binary == there.binary)
        }
        #expect(received.count > 3 * sent.count)
        for message in received {
            guard let type = AllMessages.type(named: message.name) else {
                Issue.record("no type \(message.name)")
                continue
            }
            try expectAgreement(type, message)
        }
    }
}

import Foundation
import Testing
import Wire

/// Changes a few bytes: overwrites, removes, doubles, cuts.
private func mutated(_ bytes: Data, _ random: inout SeededGenerator) -> Data {
    var bytes = [UInt8](bytes)
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
        let index = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0...4, using: &random) {
        case 0: bytes[index] = .random(in: 0...255, using: &random)
        case 1: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 2: bytes.remove(at: index)
        case 3: bytes.insert(contentsOf: bytes[index...].prefix(9), at: index)
        default: bytes.removeSubrange(index...)
        }
    }
    return Data(bytes)
}

/// Whatever the bytes are, reading ends; what was read can be written and comes back the same.
private func readEitherForm<M: Message>(_ type: M.Type, _ bytes: Data) throws {
    for message in [try? M(serialized: bytes), try? M(jsonUTF8: bytes)].compactMap(\.self) {
        let written = try message.serialized()
        #expect(try M(serialized: written).serialized() == written)
        let text = try message.jsonUTF8()  // has one NaN for all, so it is compared with itself
        #expect(try M(jsonUTF8: text).jsonUTF8() == text)
    }
}

private func attack<M: Message>(_ type: M.Type, seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    for round in 0..<40 {
        let message = try M.random(seed: seed &+ UInt64(round))
        try readEitherForm(type, mutated(message.serialized(), &random))
        try readEitherForm(type, mutated(message.jsonUTF8(), &random))
        try readEitherForm(
            type, Data((0..<Int.random(in: 0...64, using: &random)).map { _ in .random(in: 0...255, using: &random) }))
    }
}

@Suite struct HostileBytesTests {
    @Test(arguments: AllMessages.types.indices)
    func `arbitrary bytes end in a message or an error`(index: Int) throws {
        let type = AllMessages.types[index]
        try attack(type, seed: UInt64(index) << 32)
    }

    @Test(arguments: UInt64(0)..<25)
    func `a message whose large values stay in place may be changed anywhere`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let sizes = [70_000, Int.random(in: 0...100, using: &random), 65_536, 90_000].shuffled(using: &random)
        var request = SubmitRequest(requestID: "r")
        request.instances = sizes.map { Data(repeating: .random(in: 0...255, using: &random), count: $0) }
        let bytes = try request.serialized()
        #expect(try SubmitRequest(serialized: bytes) == request)
        // Where the structure is: around the values' ends, which is around their beginnings too.
        var end = 0
        for size in sizes {
            end += size + 4
            let from = max(0, min(bytes.count, end) - 12)
            let near = mutated(bytes[from..<min(bytes.count, end + 12)], &random)
            try readEitherForm(SubmitRequest.self, bytes[..<from] + near + bytes[min(bytes.count, end + 12)...])
        }
    }
}

import Foundation
import Wire

/// Messages in both their forms: what can be read can be written, and reads as the same again.
///
/// The first byte picks the message.
enum WireTarget {
    static func readBinary(_ data: Data) {
        pick(data) { type, bytes in readBinary(type, bytes) }
    }

    static func readJSON(_ data: Data) {
        pick(data) { type, bytes in readJSON(type, bytes) }
    }

    private static func pick(_ data: Data, _ read: (any Message.Type, Data) -> Void) {
        guard let first = data.first else { return }
        // A copy of their own: an overrun must leave the memory that is known to be theirs.
        read(AllMessages.types[Int(first) % AllMessages.types.count], Data(data.dropFirst()))
    }

    private static func readBinary<M: Message>(_ type: M.Type, _ bytes: Data) {
        guard let message = try? M(serialized: bytes) else { return }
        writeBoth(message)
    }

    private static func readJSON<M: Message>(_ type: M.Type, _ bytes: Data) {
        guard let message = try? M(jsonUTF8: bytes) else { return }
        writeBoth(message)
    }

    private static func writeBoth<M: Message>(_ message: M) {
        let bytes = succeed("what was read can be written") { try message.serialized() }
        let again = succeed("what was written can be read") { try M(serialized: bytes).serialized() }
        require(again == bytes, "the binary form comes back the same")
        let text = succeed("what was read can be written as JSON") { try message.jsonUTF8() }
        let textAgain = succeed("what was written as JSON can be read") { try M(jsonUTF8: text).jsonUTF8() }
        require(textAgain == text, "the JSON form comes back the same")
    }

    private static func succeed(_ fact: StaticString, _ body: () throws -> Data) -> Data {
        do {
            return try body()
        } catch {
            fatalError("broken: \(fact): \(error)")
        }
    }
}

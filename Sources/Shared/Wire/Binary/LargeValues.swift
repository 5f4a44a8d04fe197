import CProtobuf
import Foundation

/// The large `bytes` and `string` values of one message, left where they came: protobuf-c copies what it unpacks, and an
/// image is nearly all of the message around it.
struct LargeValues {
    /// Smaller values are copied. In bytes.
    private static let threshold = 64 << 10

    /// One value of a field; several are counted from 0.
    private struct Place: Hashable {
        let number: UInt32
        let index: Int
    }

    /// The message, with empty values in place of the large ones.
    private(set) var rest = Data()
    private var values: [Place: Data] = [:]
    /// Values with a length, of each field.
    private var counts: [UInt32: Int] = [:]

    /// nil where they are less than half of the message, so that keeping it for their sake would not pay, and where the
    /// message is malformed, which protobuf-c has to say.
    init?(_ message: Data, _ schema: MessageSchema) {
        guard message.count >= Self.threshold else { return nil }
        let isRead = message.withUnsafeBytes { read($0, of: message, schema) }
        guard isRead, rest.count <= message.count / 2 else { return nil }
    }

    /// The value of a field, of several with its number the last; nil where it is not large.
    func last(_ number: Int) -> Data? {
        let number = UInt32(number)
        return counts[number].flatMap { values[Place(number: number, index: $0 - 1)] }
    }

    /// One value of a repeated field; nil where it is not large.
    func value(_ number: Int, at index: Int) -> Data? {
        values[Place(number: UInt32(number), index: index)]
    }

    /// Goes over the fields of the message; false where the bytes are none.
    private mutating func read(_ bytes: UnsafeRawBufferPointer, of message: Data, _ schema: MessageSchema) -> Bool {
        var fields = FieldScanner(bytes)
        var copied = 0
        while let field = fields.next() {
            guard let content = field.content else { continue }
            let index = counts[field.number, default: 0]
            counts[field.number] = index + 1
            guard content.count >= Self.threshold, schema.holdsBytes(field.number) else { continue }
            values[Place(number: field.number, index: index)] =
                Self.place(UnsafeRawBufferPointer(rebasing: bytes[content]), of: message)
            rest.append(contentsOf: bytes[copied..<field.endOfTag])
            rest.append(0)  // the length
            copied = content.upperBound
        }
        rest.append(contentsOf: bytes[copied...])
        return fields.isAtEnd
    }

    /// A part of the message as a value that begins at 0. What is no copy keeps the message: its memory stays where it
    /// is as long as somebody has it.
    private static func place(_ bytes: UnsafeRawBufferPointer, of message: Data) -> Data {
        guard let start = bytes.baseAddress else { return Data() }
        return Data(
            bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count,
            deallocator: .custom { _, _ in withExtendedLifetime(message) {} })
    }
}

/// The fields of one message in the binary form (protobuf.dev/programming-guides/encoding), without looking into them.
private struct FieldScanner {
    struct Field {
        let number: UInt32
        let endOfTag: Int
        /// Of a field that has a length.
        let content: Range<Int>?
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    /// nil at the end, and at what is no field.
    mutating func next() -> Field? {
        let start = position
        guard let tag = varint(of: 5), let number = UInt32(exactly: tag >> 3) else { return nil }
        let endOfTag = position
        let content: Range<Int>?
        switch tag & 7 {
        case 0: content = varint(of: 10).map { _ in position..<position }
        case 1: content = skip(8)
        case 2: content = varint(of: 5).flatMap { skip(Int($0)) }
        case 5: content = skip(4)
        default: content = nil
        }
        guard let content else {
            position = start
            return nil
        }
        return Field(number: number, endOfTag: endOfTag, content: tag & 7 == 2 ? content : nil)
    }

    private mutating func skip(_ count: Int) -> Range<Int>? {
        guard count <= bytes.count - position else { return nil }
        defer { position += count }
        return position..<position + count
    }

    /// - Parameter limit: how many bytes protobuf-c takes.
    private mutating func varint(of limit: UInt64) -> UInt64? {
        var value: UInt64 = 0
        for place in 0..<limit where position < bytes.count {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << (7 * place)
            if byte < 0x80 { return value }
        }
        return nil
    }
}

import Foundation

/// Fills a message from one JSON object.
struct JSONReader: FieldVisitor {
    private let text: JSONText
    private let schema: MessageSchema
    private let depth: Int
    private let budget: JSONBudget
    /// Where the value of each field that is present begins.
    private var starts: [Int: Int] = [:]
    /// Oneofs of which a member was read, by the offset of their case.
    private var oneofs: Set<Int> = []

    /// Steps over the object that `text` is at, noting its fields. Members that the message does not have are ignored.
    private init<M: Message>(_ text: inout JSONText, _ type: M.Type, depth: Int, _ budget: JSONBudget) throws(WireError)
    {
        self.text = text
        self.schema = MessageSchema.of(type)
        self.depth = depth
        self.budget = budget
        let names = FieldNames.of(type)
        var starts: [Int: Int] = [:]
        try text.forEachMember(depth: depth) { (text, key) throws(WireError) in
            if let number = names.numbers[try text.decode(key)] {
                guard starts.updateValue(text.offset, forKey: number) == nil else {
                    throw text.invalid("\(type.fullName).\(names.keys[number] ?? "") is given twice")
                }
            }
            try text.skipValue(depth: depth + 1)
        }
        self.starts = starts
    }

    /// Reads the message that `text` is at and steps over it.
    static func read<M: Message>(
        _ type: M.Type, _ text: inout JSONText, depth: Int, _ budget: JSONBudget
    ) throws(WireError) -> M {
        var reader = try JSONReader(&text, type, depth: depth, budget)
        var value = M()
        try value.visitFields(&reader)
        return value
    }

    func field<S: Scalar>(_ number: Int, _ value: inout S) throws(WireError) {
        guard var text = try present(number) else { return }
        value = try scalar(schema.field(number), &text)
    }

    func field<S: Scalar>(_ number: Int, _ values: inout [S]) throws(WireError) {
        guard var text = try present(number) else { return }
        let field = schema.field(number)
        try expect("[", "an array", field, text)
        try text.forEachElement(depth: depth + 1) { (text) throws(WireError) in
            try budget.take(MemoryLayout<S>.stride)
            values.append(try scalar(field, &text))
        }
    }

    mutating func field<S: Scalar>(_ number: Int, _ value: inout S?) throws(WireError) {
        guard var text = try present(number) else { return }
        let field = schema.field(number)
        try take(field, text)
        value = try scalar(field, &text) as S
    }

    mutating func field<M: Message>(_ number: Int, _ value: inout M?) throws(WireError) {
        guard var text = try present(number) else { return }
        let field = schema.field(number)
        if field.isOneofMember { try take(field, text) }
        try expect("{", "an object", field, text)
        value = try Self.read(M.self, &text, depth: depth + 1, budget)
    }

    /// - Throws: where another member of the same oneof was given before.
    private mutating func take(_ member: FieldSchema, _ text: JSONText) throws(WireError) {
        guard oneofs.insert(member.caseOffset).inserted else {
            throw unexpected("one member of a oneof", member, text)
        }
    }

    func field<M: Message>(_ number: Int, _ values: inout [M]) throws(WireError) {
        guard var text = try present(number) else { return }
        let field = schema.field(number)
        try expect("[", "an array", field, text)
        try text.forEachElement(depth: depth + 1) { (text) throws(WireError) in
            try expect("{", "an object", field, text)
            try budget.take(MemoryLayout<M>.stride)
            values.append(try Self.read(M.self, &text, depth: depth + 2, budget))
        }
    }

    func field<M: Message>(_ number: Int, _ values: inout [String: M]) throws(WireError) {
        guard var text = try present(number) else { return }
        let field = schema.field(number)
        try expect("{", "an object", field, text)
        try text.forEachMember(depth: depth + 1) { (text, key) throws(WireError) in
            let key = try text.decode(key)
            try expect("{", "an object", field, text)
            try budget.take(key.utf8.count + MemoryLayout<(String, M)>.stride)
            let value = try Self.read(M.self, &text, depth: depth + 2, budget)
            guard values.updateValue(value, forKey: key) == nil else {
                throw text.invalid("a key of \(schema.fullName).\(field.name) is given twice")
            }
        }
    }

    /// The text at the value of a field; `nil` when the field is missing or null, that is: has its default.
    private func present(_ number: Int) throws(WireError) -> JSONText? {
        guard let start = starts[number] else { return nil }
        var text = text
        text.offset = start
        return text.next == UInt8(ascii: "n") ? nil : text
    }

    private func scalar<S: Scalar>(_ field: FieldSchema, _ text: inout JSONText) throws(WireError) -> S {
        let start = text
        guard let value = try text.scalar(S.kind, field).flatMap(S.init) else {
            throw unexpected(S.kind.inJSON, field, start)
        }
        return value
    }

    private func expect(
        _ first: Unicode.Scalar, _ expected: String, _ field: FieldSchema, _ text: JSONText
    ) throws(WireError) {
        guard text.next == UInt8(ascii: first) else { throw unexpected(expected, field, text) }
    }

    private func unexpected(_ expected: String, _ field: FieldSchema, _ text: JSONText) -> WireError {
        .unexpectedJSON(field: "\(schema.fullName).\(field.name)", expected: expected, offset: text.offset)
    }
}

/// How much memory the elements of arrays may take, so that `[{},{},…]` does not grow without bound.
final class JSONBudget {
    private let message: String
    private let limit: Int
    private var remaining: Int

    /// 32 times the bytes of the text, 256 MiB at most, as in the binary form.
    init(message: String, forBytes count: Int) {
        self.message = message
        limit = min(32 * count + 1 << 20, 256 << 20)
        remaining = limit
    }

    func take(_ size: Int) throws(WireError) {
        remaining -= size
        if remaining < 0 { throw .tooLarge(message: message, limit: limit) }
    }
}

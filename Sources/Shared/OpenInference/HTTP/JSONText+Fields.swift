import Wire

/// What the messages of the protocol are made of, each read and stepped over.
extension JSONText {
    /// An object. `member` reads the value of a member it knows and gives true; others are stepped over, and one that
    /// is known may stand once.
    mutating func object(
        _ field: String, depth: Int, _ member: (inout JSONText, String) throws(WireError) -> Bool
    ) throws(WireError) {
        try expect(UInt8(ascii: "{"), "an object", field)
        var known: Set<String> = []
        try forEachMember(depth: depth) { (text, key) throws(WireError) in
            let name = try text.decode(key)
            guard try member(&text, name) else { return try text.skipValue(depth: depth + 1) }
            guard known.insert(name).inserted else { throw text.invalid("\(name) is given twice") }
        }
    }

    /// An array of at most `limit` elements, each read by `element`.
    mutating func array(
        _ field: String, limit: Int, depth: Int, _ element: (inout JSONText) throws(WireError) -> Void
    ) throws(WireError) {
        try expect(UInt8(ascii: "["), "an array", field)
        var count = 0
        try forEachElement(depth: depth) { (text) throws(WireError) in
            count += 1
            guard count <= limit else { throw text.unexpected("at most \(limit) elements", field) }
            try element(&text)
        }
    }

    mutating func string(_ field: String) throws(WireError) -> String {
        guard next == UInt8(ascii: "\"") else { throw unexpected("a string", field) }
        return try decode(try skipString())
    }

    mutating func boolean(_ field: String) throws(WireError) -> Bool {
        switch next {
        case UInt8(ascii: "t"):
            try skipWord("true")
            return true
        case UInt8(ascii: "f"):
            try skipWord("false")
            return false
        default: throw unexpected("true or false", field)
        }
    }

    /// An integer of 64 bits, without a point or an exponent.
    mutating func integer(_ field: String) throws(WireError) -> Int64 {
        let start = self
        guard let value = Int64(String(decoding: bytes[try number(field)], as: UTF8.self)) else {
            throw start.unexpected("a 64-bit integer", field)
        }
        return value
    }

    /// The place of a number.
    mutating func number(_ field: String) throws(WireError) -> Range<Int> {
        guard let byte = next, byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte) else {
            throw unexpected("a number", field)
        }
        return try skipNumber()
    }

    func unexpected(_ expected: String, _ field: String) -> WireError {
        .unexpectedJSON(field: field, expected: expected, offset: offset)
    }

    private func expect(_ byte: UInt8, _ expected: String, _ field: String) throws(WireError) {
        guard next == byte else { throw unexpected(expected, field) }
    }
}

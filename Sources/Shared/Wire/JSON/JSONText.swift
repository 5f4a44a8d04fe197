/// Steps over JSON text (RFC 8259), checking every byte: grammar, UTF-8, nesting.
///
/// It builds no tree: a reader notes where the values it knows begin and comes back to them. Text therefore takes no
/// memory but its own, whatever is in it.
package struct JSONText {
    /// Deepest nesting of arrays and objects; the default of protobuf's own parsers.
    package static let depthLimit = 100

    package let bytes: UnsafeBufferPointer<UInt8>
    /// The next byte to be read.
    package var offset = 0

    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The byte at `offset`, `nil` at the end.
    package var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    package func invalid(_ reason: String) -> WireError { .invalidJSON(offset: offset, reason: reason) }

    package mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    /// Steps over `byte` where it is the next one.
    mutating func accept(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        offset += 1
        return true
    }

    mutating func expect(_ byte: UInt8) throws(WireError) {
        guard accept(byte) else {
            throw invalid("'\(Character(Unicode.Scalar(byte)))' expected")
        }
    }

    /// Steps over one value of any kind and the space before it.
    package mutating func skipValue(depth: Int) throws(WireError) {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"):
            try forEachMember(depth: depth) { (text, _) throws(WireError) in try text.skipValue(depth: depth + 1) }
        case UInt8(ascii: "["):
            try forEachElement(depth: depth) { (text) throws(WireError) in try text.skipValue(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try skipString()
        case UInt8(ascii: "t"): try skipWord("true")
        case UInt8(ascii: "f"): try skipWord("false")
        case UInt8(ascii: "n"): try skipWord("null")
        default: _ = try skipNumber()
        }
    }

    /// Steps over an object; `body` has to step over the value of each member.
    package mutating func forEachMember(
        depth: Int, _ body: (inout JSONText, JSONString) throws(WireError) -> Void
    ) throws(WireError) {
        try open(UInt8(ascii: "{"), depth: depth)
        if accept(UInt8(ascii: "}")) { return }
        repeat {
            skipSpace()
            let key = try skipString()
            skipSpace()
            try expect(UInt8(ascii: ":"))
            skipSpace()
            try body(&self, key)
            skipSpace()
        } while accept(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    /// Steps over an array; `body` has to step over each element.
    package mutating func forEachElement(
        depth: Int, _ body: (inout JSONText) throws(WireError) -> Void
    ) throws(WireError) {
        try open(UInt8(ascii: "["), depth: depth)
        if accept(UInt8(ascii: "]")) { return }
        repeat {
            skipSpace()
            try body(&self)
            skipSpace()
        } while accept(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
    }

    private mutating func open(_ bracket: UInt8, depth: Int) throws(WireError) {
        guard depth < Self.depthLimit else { throw .tooDeep(limit: Self.depthLimit) }
        try expect(bracket)
        skipSpace()
    }

    package mutating func skipWord(_ word: StaticString) throws(WireError) {
        let start = offset
        for index in 0..<word.utf8CodeUnitCount where !accept(word.utf8Start[index]) {
            offset = start
            throw invalid("a value expected")
        }
    }

    /// Steps over a number and gives its place.
    package mutating func skipNumber() throws(WireError) -> Range<Int> {
        let start = offset
        _ = accept(UInt8(ascii: "-"))
        if !accept(UInt8(ascii: "0")) { try skipDigits() }
        if accept(UInt8(ascii: ".")) { try skipDigits() }
        if accept(UInt8(ascii: "e")) || accept(UInt8(ascii: "E")) {
            if !accept(UInt8(ascii: "+")) { _ = accept(UInt8(ascii: "-")) }
            try skipDigits()
        }
        return start..<offset
    }

    private mutating func skipDigits() throws(WireError) {
        let start = offset
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        if offset == start { throw invalid(next == nil ? "the text ends early" : "a value expected") }
    }
}

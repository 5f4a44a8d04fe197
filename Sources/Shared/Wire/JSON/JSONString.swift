/// A string in JSON text: the place between its quotes.
package struct JSONString {
    package let range: Range<Int>
    package let hasEscapes: Bool
}

extension JSONText {
    /// Steps over a string, checking its UTF-8 and the form of its escapes.
    package mutating func skipString() throws(WireError) -> JSONString {
        try expect(UInt8(ascii: "\""))
        let start = offset
        var hasEscapes = false
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return JSONString(range: start..<offset - 1, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape()
            case 0x20...0x7F: offset += 1
            case 0x80...: try skipNonASCII()
            default: throw invalid("a control character in a string")
            }
        }
        throw invalid("the text ends early")
    }

    private mutating func skipEscape() throws(WireError) {
        offset += 1
        switch next {
        case UInt8(ascii: "u"):
            offset += 1
            for _ in 0..<4 {
                guard let byte = next, Self.hexadecimal(byte) != nil else {
                    throw invalid("four hexadecimal digits expected")
                }
                offset += 1
            }
        case let byte? where Self.plain(byte) != nil: offset += 1
        default: throw invalid("an unknown escape")
        }
    }

    /// Steps over one scalar of two to four bytes (Unicode 15, table 3-7).
    private mutating func skipNonASCII() throws(WireError) {
        let lead = bytes[offset]
        let (followers, second): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0xC2...0xDF: (1, 0x80...0xBF)
            case 0xE0: (2, 0xA0...0xBF)
            case 0xED: (2, 0x80...0x9F)
            case 0xE1...0xEF: (2, 0x80...0xBF)
            case 0xF0: (3, 0x90...0xBF)
            case 0xF1...0xF3: (3, 0x80...0xBF)
            case 0xF4: (3, 0x80...0x8F)
            default: (0, 0x80...0xBF)
            }
        guard followers > 0, offset + followers < bytes.count, second.contains(bytes[offset + 1]),
            bytes[offset + 1...offset + followers].allSatisfy({ $0 & 0xC0 == 0x80 })
        else { throw invalid("not UTF-8") }
        offset += followers + 1
    }

    /// The text of a string that was stepped over.
    ///
    /// - Throws: `WireError.invalidJSON` for half a surrogate pair.
    package func decode(_ string: JSONString) throws(WireError) -> String {
        string.hasEscapes
            ? String(decoding: try unescape(string), as: UTF8.self)
            : String(decoding: bytes[string.range], as: UTF8.self)
    }

    /// UTF-8 of a string that was stepped over, escapes resolved.
    package func unescape(_ string: JSONString) throws(WireError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(string.range.count)
        var index = string.range.lowerBound
        while index < string.range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                result.append(bytes[index])
                index += 1
                continue
            }
            if let plain = Self.plain(bytes[index + 1]) {
                result.append(plain)
                index += 2
            } else {
                let scalar = try scalar(at: index, end: string.range.upperBound)
                result.append(contentsOf: String(scalar).utf8)
                index += scalar.value > 0xFFFF ? 12 : 6
            }
        }
        return result
    }

    /// The scalar written at `index` as `\uXXXX`, or as two of them.
    private func scalar(at index: Int, end: Int) throws(WireError) -> Unicode.Scalar {
        let high = codeUnit(at: index)
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, index + 12 <= end, bytes[index + 6] == UInt8(ascii: "\\"),
            bytes[index + 7] == UInt8(ascii: "u"), case let low = codeUnit(at: index + 6),
            (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw .invalidJSON(offset: index, reason: "half a surrogate pair") }
        return scalar
    }

    private func codeUnit(at index: Int) -> UInt32 {
        bytes[index + 2..<index + 6].reduce(0) { $0 << 4 | (Self.hexadecimal($1) ?? 0) }
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }

    /// What `letter` stands for after a backslash.
    private static func plain(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "r"): 0x0D
        default: nil
        }
    }
}

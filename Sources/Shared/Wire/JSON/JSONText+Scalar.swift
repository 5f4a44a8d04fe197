/// Scalars in proto3 JSON (https://protobuf.dev/programming-guides/json).
extension JSONText {
    /// Reads the scalar that the text is at and steps over it.
    ///
    /// - Returns: `nil` when the value is not one of `kind`, for example out of range.
    mutating func scalar(_ kind: ScalarKind, _ field: FieldSchema) throws(WireError) -> ScalarValue? {
        let isString = next == UInt8(ascii: "\"")
        switch kind {
        case .bool: return try boolean()
        case .string: return isString ? .string(try decode(try skipString())) : nil
        case .bytes: return isString ? try base64() : nil
        case .enumeration where isString:
            return field.enumValue(try decode(try skipString())).map(ScalarValue.enumeration)
        case .enumeration:
            return try numberText().flatMap(Self.integer).flatMap(Int32.init(exactly:)).map(ScalarValue.enumeration)
        case .int32: return try numberText().flatMap(Self.integer).flatMap(Int32.init(exactly:)).map(ScalarValue.int32)
        case .int64: return try numberText().flatMap(Self.integer).map(ScalarValue.int64)
        case .uint32:
            return try numberText().flatMap(Self.integer).flatMap(UInt32.init(exactly:)).map(ScalarValue.uint32)
        case .uint64: return try numberText().flatMap(Self.unsigned).map(ScalarValue.uint64)
        case .float: return try numberText(named: true).flatMap { Self.floating($0) }.map(ScalarValue.float)
        case .double: return try numberText(named: true).flatMap { Self.floating($0) }.map(ScalarValue.double)
        }
    }

    private mutating func boolean() throws(WireError) -> ScalarValue? {
        switch next {
        case UInt8(ascii: "t"):
            try skipWord("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try skipWord("false")
            return .bool(false)
        default: return nil
        }
    }

    private mutating func base64() throws(WireError) -> ScalarValue? {
        let string = try skipString()
        let data =
            string.hasEscapes
            ? Base64.decode(try unescape(string)) : Base64.decode(UnsafeBufferPointer(rebasing: bytes[string.range]))
        return data.map(ScalarValue.bytes)
    }

    /// The text of a number, which may stand in quotes; `named` allows "NaN", "Infinity" and "-Infinity" there.
    private mutating func numberText(named: Bool = false) throws(WireError) -> String? {
        switch next {
        case UInt8(ascii: "\""):
            let text = try decode(try skipString())
            return named && Self.namedNumbers.contains(text) || Self.isNumber(text) ? text : nil
        case let byte? where byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
            return String(decoding: bytes[try skipNumber()], as: UTF8.self)
        default: return nil
        }
    }

    private static let namedNumbers: Set<String> = ["NaN", "Infinity", "-Infinity"]

    private static func isNumber(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { utf8 in
            var number = JSONText(utf8)
            return (try? number.skipNumber()) != nil && number.next == nil
        }
    }

    /// An integer, also as `1e3` or `1.0` where a double holds it exactly.
    private static func integer(_ text: String) -> Int64? {
        if let integer = Int64(text) { return integer }
        guard text.contains(where: { ".eE".contains($0) }), let double = Double(text), double.magnitude < 0x1p53
        else { return nil }
        return Int64(exactly: double)
    }

    /// The same for integers that may be too large for 64 bits with a sign.
    private static func unsigned(_ text: String) -> UInt64? {
        UInt64(text) ?? integer(text).flatMap(UInt64.init(exactly:))
    }

    /// A floating-point number; `nil` when it is too large for its type.
    private static func floating<F: LosslessStringConvertible & BinaryFloatingPoint>(_ text: String) -> F? {
        switch text {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default: return F(text).flatMap { $0.isFinite ? $0 : nil }
        }
    }
}

extension ScalarKind {
    /// What a JSON value of this kind is, for error messages.
    var inJSON: String {
        switch self {
        case .int32: "a 32-bit integer"
        case .int64: "a 64-bit integer"
        case .uint32: "a 32-bit integer, not negative"
        case .uint64: "a 64-bit integer, not negative"
        case .float, .double: "a number"
        case .bool: "true or false"
        case .string: "a string"
        case .bytes: "a base64 string"
        case .enumeration: "a name of the enum or its number"
        }
    }
}

import Foundation
import Wire

/// Turns the elements of a tensor in JSON, flat or nested as its shape says, into its bytes.
struct JSONElements {
    private let description: TensorDescription
    private let shape: [Int]
    private let field: String
    private var bytes: [UInt8] = []

    /// - Parameters:
    ///   - text: at the array; its grammar was checked before.
    ///   - shape: checked against the description.
    /// - Throws: `WireError.unexpectedJSON` for an element that is none of the datatype or for other counts than the
    ///   shape says.
    static func read(
        _ text: JSONText, _ description: TensorDescription, shape: [Int], count: Int
    ) throws(WireError) -> Data {
        var (text, elements) = (text, JSONElements(description, shape: shape))
        if elements.isNested(text) {
            try elements.level(0, &text)
        } else {
            try elements.array(count, depth: 3, &text) { (elements, text) throws(WireError) in
                try elements.element(&text)
            }
        }
        return Data(elements.bytes)
    }

    private init(_ description: TensorDescription, shape: [Int]) {
        self.description = description
        self.shape = shape
        field = "inputs.data of \(description.name)"
    }

    private func isNested(_ text: JSONText) -> Bool {
        var text = text
        guard text.next == UInt8(ascii: "[") else { return false }
        text.offset += 1
        text.skipSpace()
        return text.next == UInt8(ascii: "[")
    }

    /// Reads the array of one axis.
    private mutating func level(_ axis: Int, _ text: inout JSONText) throws(WireError) {
        let isInnermost = axis == shape.count - 1
        try array(shape[axis], depth: 3 + axis, &text) { (elements, text) throws(WireError) in
            if isInnermost { try elements.element(&text) } else { try elements.level(axis + 1, &text) }
        }
    }

    /// Reads an array of exactly `count` elements.
    private mutating func array(
        _ count: Int, depth: Int, _ text: inout JSONText,
        _ element: (inout JSONElements, inout JSONText) throws(WireError) -> Void
    ) throws(WireError) {
        guard text.next == UInt8(ascii: "[") else { throw text.unexpected("an array", field) }
        var found = 0
        try text.forEachElement(depth: depth) { (text) throws(WireError) in
            found += 1
            guard found <= count else { throw text.unexpected("\(count) elements as the shape says", field) }
            try element(&self, &text)
        }
        guard found == count else { throw text.unexpected("\(count) elements as the shape says", field) }
    }

    private mutating func element(_ text: inout JSONText) throws(WireError) {
        switch description.datatype {
        case .fp32: try floating(&text, strtof)
        case .fp64: try floating(&text, strtod)
        case .bool: bytes.append(try text.boolean(field) ? 1 : 0)
        case .uint8: try integer(&text, UInt8.self)
        case .uint16: try integer(&text, UInt16.self)
        case .uint32: try integer(&text, UInt32.self)
        case .uint64: try integer(&text, UInt64.self)
        case .int8: try integer(&text, Int8.self)
        case .int16: try integer(&text, Int16.self)
        case .int32: try integer(&text, Int32.self)
        case .int64: try integer(&text, Int64.self)
        case .bytes: try string(&text)
        case .fp16, .bf16: throw text.unexpected("binary data: \(description.datatype.rawValue) has no JSON", field)
        }
    }

    /// - Parameter parse: stops at the byte after the number, which is there: the array ends later.
    private mutating func floating<Number: BinaryFloatingPoint & BitwiseCopyable>(
        _ text: inout JSONText,
        _ parse: (UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Number
    ) throws(WireError) {
        let start = text
        let place = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text.bytes)[try text.number(field)])
        guard let address = place.baseAddress, text.next != nil,
            case let value = parse(address.assumingMemoryBound(to: CChar.self), nil), value.isFinite
        else { throw start.unexpected("a number in the range of \(description.datatype.rawValue)", field) }
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    private mutating func integer<Number: FixedWidthInteger>(
        _ text: inout JSONText, _ type: Number.Type
    ) throws(WireError) {
        let start = text
        guard let value = Number(String(decoding: text.bytes[try text.number(field)], as: UTF8.self)) else {
            throw start.unexpected("an integer in the range of \(description.datatype.rawValue)", field)
        }
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func string(_ text: inout JSONText) throws(WireError) {
        bytes.append(contentsOf: Tensor.bytes(of: [Data(try text.string(field).utf8)]))
    }
}

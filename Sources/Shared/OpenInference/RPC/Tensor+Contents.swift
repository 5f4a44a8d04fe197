import Foundation
import Wire

// Elements in the typed lists of `InferTensorContents`. The bytes of a tensor are little-endian, as are the machines
// that this runs on.

extension TensorDescription {
    /// The bytes of a tensor whose elements stand in `contents`.
    ///
    /// - Throws: `InferenceError.wrongContents` unless the one list of the datatype holds `count` elements and the
    ///   others none, `.invalidElement`, `.rawOnly`.
    func bytes(of contents: InferTensorContents, count: Int) throws(InferenceError) -> Data {
        guard let list = datatype.contentsList else { throw .rawOnly(tensor: name) }
        guard contents.counts == [list: count] else {
            throw .wrongContents(tensor: name, expected: "\(count) elements in \(list)")
        }
        switch datatype {
        case .bool: return Data(contents.boolContents.map { $0 ? 1 : 0 })
        case .uint8: return try narrowed(contents.uintContents, to: UInt8.self)
        case .uint16: return try narrowed(contents.uintContents, to: UInt16.self)
        case .uint32: return Data(memoryOf: contents.uintContents)
        case .uint64: return Data(memoryOf: contents.uint64Contents)
        case .int8: return try narrowed(contents.intContents, to: Int8.self)
        case .int16: return try narrowed(contents.intContents, to: Int16.self)
        case .int32: return Data(memoryOf: contents.intContents)
        case .int64: return Data(memoryOf: contents.int64Contents)
        case .fp32: return Data(memoryOf: contents.fp32Contents)
        case .fp64: return Data(memoryOf: contents.fp64Contents)
        case .bytes: return Tensor.bytes(of: contents.bytesContents)
        case .fp16, .bf16: throw .rawOnly(tensor: name)
        }
    }

    private func narrowed<Wide: BinaryInteger, Narrow: FixedWidthInteger & BitwiseCopyable>(
        _ values: [Wide], to type: Narrow.Type
    ) throws(InferenceError) -> Data {
        var result: [Narrow] = []
        result.reserveCapacity(values.count)
        for value in values {
            guard let narrow = Narrow(exactly: value) else { throw .invalidElement(tensor: name) }
            result.append(narrow)
        }
        return Data(memoryOf: result)
    }
}

extension Tensor {
    /// The elements in the list of their datatype.
    ///
    /// - Throws: `InferenceError.rawOnly` for FP16 and BF16.
    func contents() throws(InferenceError) -> InferTensorContents {
        switch datatype {
        case .bool: InferTensorContents(boolContents: bytes.map { $0 != 0 })
        case .uint8: InferTensorContents(uintContents: bytes.elements(UInt8.self).map(UInt32.init))
        case .uint16: InferTensorContents(uintContents: bytes.elements(UInt16.self).map(UInt32.init))
        case .uint32: InferTensorContents(uintContents: bytes.elements())
        case .uint64: InferTensorContents(uint64Contents: bytes.elements())
        case .int8: InferTensorContents(intContents: bytes.elements(Int8.self).map(Int32.init))
        case .int16: InferTensorContents(intContents: bytes.elements(Int16.self).map(Int32.init))
        case .int32: InferTensorContents(intContents: bytes.elements())
        case .int64: InferTensorContents(int64Contents: bytes.elements())
        case .fp32: InferTensorContents(fp32Contents: bytes.elements())
        case .fp64: InferTensorContents(fp64Contents: bytes.elements())
        case .bytes: InferTensorContents(bytesContents: strings)
        case .fp16, .bf16: throw .rawOnly(tensor: name)
        }
    }
}

extension Datatype {
    /// The list that holds elements of this type; nil where there is none.
    fileprivate var contentsList: String? {
        switch self {
        case .bool: "bool_contents"
        case .uint8, .uint16, .uint32: "uint_contents"
        case .uint64: "uint64_contents"
        case .int8, .int16, .int32: "int_contents"
        case .int64: "int64_contents"
        case .fp32: "fp32_contents"
        case .fp64: "fp64_contents"
        case .bytes: "bytes_contents"
        case .fp16, .bf16: nil
        }
    }
}

extension InferTensorContents {
    /// Elements in each list that has some.
    fileprivate var counts: [String: Int] {
        let all = [
            "bool_contents": boolContents.count, "int_contents": intContents.count,
            "int64_contents": int64Contents.count, "uint_contents": uintContents.count,
            "uint64_contents": uint64Contents.count, "fp32_contents": fp32Contents.count,
            "fp64_contents": fp64Contents.count, "bytes_contents": bytesContents.count,
        ]
        return all.filter { $0.value > 0 }
    }

    /// Whether it holds no element.
    var isEmpty: Bool { counts.isEmpty }
}

extension Data {
    /// A copy of the memory of numbers.
    package init<Number: BitwiseCopyable>(memoryOf numbers: [Number]) {
        self = numbers.withUnsafeBytes { Data($0) }
    }

    /// The bytes as numbers; bytes past the last whole one are left out.
    package func elements<Number: BitwiseCopyable>(_ type: Number.Type = Number.self) -> [Number] {
        withUnsafeBytes { raw in
            let size = MemoryLayout<Number>.size
            return (0..<raw.count / size).map { raw.loadUnaligned(fromByteOffset: $0 * size, as: Number.self) }
        }
    }
}

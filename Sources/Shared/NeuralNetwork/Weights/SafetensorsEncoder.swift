package import Foundation

/// How a tensor's elements are kept in a file.
package enum StoredType: String, CaseIterable, Sendable {
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
}

/// Writes safetensors files (https://huggingface.co/docs/safetensors).
package struct SafetensorsEncoder: Sendable {
    private struct Tensor: Sendable {
        let name: String
        let type: StoredType
        let shape: [Int]
        let data: Data
    }

    private var tensors: [Tensor] = []

    package init() {}

    /// Adds a tensor; its elements are rounded to the nearest value of the type, ties to even.
    ///
    /// - Returns: false where an element is too large for the type; nothing is added then.
    package mutating func add(_ name: String, _ values: [Float], shape: [Int], as type: StoredType) -> Bool {
        precondition(values.count == shape.reduce(1, *), "the values do not fill the shape")
        let data: Data
        switch type {
        case .float32: data = Self.bytes(values) { $0.bitPattern }
        case .float16:
            guard values.allSatisfy({ !$0.isFinite || Float16($0).isFinite }) else { return false }
            data = Self.bytes(values) { Float16($0).bitPattern }
        case .bfloat16:
            guard values.allSatisfy({ !$0.isFinite || Float(bitPattern: UInt32(Self.bfloat16($0)) << 16).isFinite })
            else { return false }
            data = Self.bytes(values, Self.bfloat16)
        }
        tensors.append(Tensor(name: name, type: type, shape: shape, data: data))
        return true
    }

    /// The whole file: tensors in order of their names, their data at multiples of 8 bytes from the file's start.
    package func encoded() -> Data {
        let ordered = tensors.sorted { $0.name < $1.name }
        var entries: [String: Entry] = [:]
        var data = Data()
        for tensor in ordered {
            entries[tensor.name] = Entry(
                dtype: tensor.type.rawValue, shape: tensor.shape,
                data_offsets: [data.count, data.count + tensor.data.count])
            data += tensor.data
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var header = (try? encoder.encode(entries)) ?? Data("{}".utf8)
        header += Data(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
        var file = Data()
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { file.append(contentsOf: $0) }
        return file + header + data
    }

    private struct Entry: Encodable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]
    }

    private static func bytes<Bits: FixedWidthInteger>(_ values: [Float], _ bits: (Float) -> Bits) -> Data {
        values.map { bits($0).littleEndian }.withUnsafeBytes { Data($0) }
    }

    /// The upper half of the bits, rounded to nearest, ties to even.
    private static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(bits >> 16) | 0x40 }
        return UInt16((UInt64(bits) + 0x7FFF + UInt64(bits >> 16 & 1)) >> 16)
    }
}

package import Foundation

/// The tensors of a safetensors file, memory-mapped and checked as a whole before any of them is read.
///
/// Format: 8 bytes header length (little endian), a JSON header `{name: {dtype, shape, data_offsets}}`, the data
/// (https://huggingface.co/docs/safetensors). Tensor data need not be aligned. Gaps between tensors are tolerated,
/// overlaps are not.
package final class Safetensors: TensorSource {
    /// One tensor's place in the file.
    package struct Entry: Equatable, Sendable {
        /// The name of its type in the file: `F32`, `F16`, `BF16`, `I64`, …
        package let type: String
        package let shape: [Int]
        /// Bytes from the start of the file.
        let range: Range<Int>
    }

    package let entries: [String: Entry]
    private let storage: Storage

    private enum Storage: Sendable {
        case file(MappedFile)
        case memory(Data)
    }

    /// Maps and checks a file.
    ///
    /// - Throws: `fileUnreadable`, or `weightsMalformed` with the defect.
    package convenience init(path: String) throws(NeuralNetworkError) {
        try self.init(file: MappedFile(path: path))
    }

    init(file: MappedFile) throws(NeuralNetworkError) {
        entries = try SafetensorsHeader.entries(of: file.bytes)
        storage = .file(file)
    }

    /// Checks a file that is in memory already.
    package init(data: Data) throws(NeuralNetworkError) {
        let parsed: Result<[String: Entry], NeuralNetworkError> = data.withUnsafeBytes { bytes in
            Result { () throws(NeuralNetworkError) in try SafetensorsHeader.entries(of: bytes) }
        }
        entries = try parsed.get()
        storage = .memory(data)
    }

    package func check(named name: String, shape: [Int]) throws(NeuralNetworkError) {
        _ = try entry(named: name, shape: shape)
    }

    private func entry(named name: String, shape: [Int]) throws(NeuralNetworkError) -> Entry {
        guard let entry = entries[name] else { throw .tensorMissing(name: name) }
        guard entry.shape == shape else {
            throw .tensorMisshapen(name: name, expected: shape, found: entry.shape)
        }
        guard Self.readableTypes.contains(entry.type) else {
            throw .tensorOfUnsupportedType(name: name, type: entry.type)
        }
        return entry
    }

    private static let readableTypes: Set<String> = ["F32", "BF16", "F16"]

    /// The elements of a tensor widened to float32, row-major.
    package func tensor(named name: String, shape: [Int]) throws(NeuralNetworkError) -> [Float] {
        let entry = try entry(named: name, shape: shape)
        return try withBytes { bytes throws(NeuralNetworkError) in
            let data = UnsafeRawBufferPointer(rebasing: bytes[entry.range])
            switch entry.type {
            case "F32": return Self.elements(data) { (bits: UInt32) in Float(bitPattern: bits) }
            case "BF16": return Self.elements(data) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
            case "F16": return Self.elements(data) { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
            default: throw .tensorOfUnsupportedType(name: name, type: entry.type)
            }
        }
    }

    private func withBytes<R>(
        _ body: (UnsafeRawBufferPointer) throws(NeuralNetworkError) -> R
    ) throws(NeuralNetworkError) -> R {
        switch storage {
        case .file(let file): return try body(file.bytes)
        case .memory(let data):
            let result: Result<R, NeuralNetworkError> = data.withUnsafeBytes { bytes in
                Result { () throws(NeuralNetworkError) in try body(bytes) }
            }
            return try result.get()
        }
    }

    /// Reads little-endian integers of any alignment.
    private static func elements<Bits: FixedWidthInteger>(
        _ data: UnsafeRawBufferPointer, _ convert: (Bits) -> Float
    ) -> [Float] {
        let count = data.count / MemoryLayout<Bits>.size
        return [Float](unsafeUninitializedCapacity: count) { out, initialized in
            for i in 0..<count {
                let bits = data.loadUnaligned(fromByteOffset: i * MemoryLayout<Bits>.size, as: Bits.self)
                out[i] = convert(Bits(littleEndian: bits))
            }
            initialized = count
        }
    }
}

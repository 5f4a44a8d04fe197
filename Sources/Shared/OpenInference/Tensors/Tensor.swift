package import Foundation

/// A tensor with its elements, as many as its shape says.
package struct Tensor: Sendable, Equatable {
    package let name: String
    package let datatype: Datatype
    /// Extents, each positive.
    package let shape: [Int]
    /// The elements, row-major and little-endian; each of BYTES after its 32-bit length. May be a slice of a request.
    package let bytes: Data

    /// - Throws: `InferenceError.wrongByteCount` when the bytes are not those of the shape's elements.
    package init(
        _ name: String, _ datatype: Datatype, shape: [Int], bytes: Data
    ) throws(InferenceError) {
        var elements = 1
        for extent in shape {
            let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
            guard extent > 0, !overflow else {
                throw .shapeMismatch(tensor: name, expected: shape.map { _ in -1 }, found: shape)
            }
            elements = product
        }
        if let size = datatype.elementSize {
            let (expected, overflow) = elements.multipliedReportingOverflow(by: size)
            guard !overflow, bytes.count == expected else {
                throw .wrongByteCount(tensor: name, expected: overflow ? .max : expected, found: bytes.count)
            }
        } else {
            guard Self.countOfStrings(in: bytes) == elements else {
                throw .wrongStringCount(tensor: name, expected: elements)
            }
        }
        self.name = name
        self.datatype = datatype
        self.shape = shape
        self.bytes = bytes
    }

    /// The first extent.
    package var batch: Int { shape.first ?? 1 }

    /// The elements as 32-bit numbers, in place where the bytes are aligned and of one copy otherwise.
    package func withFloats<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        precondition(datatype == .fp32, "\(name) is not FP32")
        return try bytes.withUnsafeBytes { raw in
            if let start = raw.baseAddress, Int(bitPattern: start) % MemoryLayout<Float>.alignment == 0 {
                return try body(raw.bindMemory(to: Float.self))
            }
            let copy = [Float](unsafeUninitializedCapacity: raw.count / MemoryLayout<Float>.stride) { floats, count in
                UnsafeMutableRawBufferPointer(floats).copyMemory(from: raw)
                count = floats.count
            }
            return try copy.withUnsafeBufferPointer(body)
        }
    }
}

/// Elements of BYTES: a 32-bit little-endian length, then so many bytes.
extension Tensor {
    /// The elements of BYTES.
    package var strings: [Data] {
        var rest = bytes
        var strings: [Data] = []
        while let string = Self.takeString(from: &rest) { strings.append(string) }
        return strings
    }

    /// The bytes of a tensor with these elements.
    package static func bytes(of strings: some Sequence<Data>) -> Data {
        var bytes = Data()
        for string in strings {
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: string.count).littleEndian) { bytes.append(contentsOf: $0) }
            bytes.append(string)
        }
        return bytes
    }

    /// nil unless the bytes are whole elements.
    private static func countOfStrings(in bytes: Data) -> Int? {
        var rest = bytes
        var count = 0
        while takeString(from: &rest) != nil { count += 1 }
        return rest.isEmpty ? count : nil
    }

    private static func takeString(from rest: inout Data) -> Data? {
        guard rest.count >= 4 else { return nil }
        let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard rest.count - 4 >= length else { return nil }
        let string = rest.dropFirst(4).prefix(length)
        rest = rest.dropFirst(4 + length)
        return string
    }
}

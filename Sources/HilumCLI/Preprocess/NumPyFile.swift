package import Foundation

/// Arrays as NumPy's files, format 1.0 (NumPy NEP 1).
package enum NumPyFile {
    /// An array of float32 in C order, little endian.
    ///
    /// - Precondition: the shape holds as many values as there are.
    package static func encode(_ values: [Float], shape: [Int]) -> Data {
        precondition(values.count == shape.reduce(1, *), "the values do not fill the shape")
        let extents = shape.map { "\($0)," }.joined(separator: " ")
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }"
        // The values begin at a multiple of 64 bytes; the header ends with a line break.
        let unpadded = magic.count + 2 + header.utf8.count + 1
        header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"

        var file = Data(magic)
        withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { file.append(contentsOf: $0) }
        file.append(contentsOf: header.utf8)
        values.map(\.bitPattern.littleEndian).withUnsafeBytes { file.append(contentsOf: $0) }
        return file
    }

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
}

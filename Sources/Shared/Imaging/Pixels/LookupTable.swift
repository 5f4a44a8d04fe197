import Foundation

/// A lookup table of a modality or VOI LUT sequence (PS3.3 §C.11.1.1.1, §C.11.2.1.1).
package struct LookupTable: Equatable, Sendable {
    /// The first input value mapped; inputs below it get the first entry, inputs beyond the table the last.
    package let firstValueMapped: Int
    /// Of each entry: 8 to 16.
    package let bits: Int
    package let entries: [UInt16]

    package init(firstValueMapped: Int, bits: Int, entries: [UInt16]) {
        precondition(!entries.isEmpty)
        self.firstValueMapped = firstValueMapped
        self.bits = bits
        self.entries = entries
    }

    package var maximum: Float { Float((1 << bits) - 1) }

    package subscript(input: Int) -> UInt16 {
        entries[min(max(input - firstValueMapped, 0), entries.count - 1)]
    }

    /// - Parameter inputIsSigned: the first value mapped is signed where the values going in are.
    /// - Throws: `ImagingError` where descriptor and data contradict each other.
    init(_ item: DataSet, inputIsSigned: Bool) throws(ImagingError) {
        guard let descriptor = item.doubles(.lutDescriptor) else {
            throw .missingAttribute(keyword: Tag.lutDescriptor.keyword)
        }
        guard descriptor.count == 3, descriptor.allSatisfy({ (-32768...65535).contains($0) }) else {
            throw .invalidAttribute(keyword: Tag.lutDescriptor.keyword, found: "\(descriptor.count) values")
        }
        let words = descriptor.map { UInt16(truncatingIfNeeded: Int($0)) }
        let count = words[0] == 0 ? 65536 : Int(words[0])
        firstValueMapped = inputIsSigned ? Int(Int16(bitPattern: words[1])) : Int(words[1])
        // The standard says 8 to 16; some writers put the bits stored, or 0.
        guard words[2] <= 16 else { throw .invalidAttribute(keyword: Tag.lutDescriptor.keyword, found: "\(words[2])") }
        guard let data = try item.bytes(.lutData), !data.isEmpty else {
            throw .missingAttribute(keyword: Tag.lutData.keyword)
        }
        entries = try Self.entries(data, count: count)
        let needed = 16 - (entries.max() ?? 0).leadingZeroBitCount
        bits = max(Int(words[2]), needed, 1)
    }

    /// Words, or where the data is that short, two 8-bit entries a word.
    private static func entries(_ data: Data, count: Int) throws(ImagingError) -> [UInt16] {
        if data.count >= 2 * count {
            return data.withUnsafeBytes { bytes in
                (0..<count).map { UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) }
            }
        }
        guard data.count >= count else {
            throw .invalidAttribute(keyword: Tag.lutData.keyword, found: "\(data.count) bytes for \(count) entries")
        }
        return data.prefix(count).map(UInt16.init)
    }
}

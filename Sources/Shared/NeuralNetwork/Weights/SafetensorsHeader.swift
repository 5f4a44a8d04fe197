import Foundation

/// Reads and checks the header of a safetensors file.
enum SafetensorsHeader {
    /// The format's own limit is 100 MB; a header of these networks has less than 100 KB.
    static let longestHeader = 16 << 20
    static let mostTensors = 65_536
    private static let highestRank = 8

    private static let bytesPerElement: [String: Int] = [
        "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
        "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8,
    ]

    private struct RawEntry: Decodable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]
    }

    /// One value of the header: a tensor, or the free-form `__metadata__`.
    private enum HeaderValue: Decodable {
        case tensor(RawEntry)
        case other

        init(from decoder: any Decoder) throws {
            self = (try? RawEntry(from: decoder)).map(HeaderValue.tensor) ?? .other
        }
    }

    /// Every tensor of the file with its checked place in it.
    static func entries(of bytes: UnsafeRawBufferPointer) throws(NeuralNetworkError) -> [String: Safetensors.Entry] {
        do {
            return try checkedEntries(of: bytes)
        } catch {
            throw .weightsMalformed(error)
        }
    }

    private static func checkedEntries(
        of bytes: UnsafeRawBufferPointer
    ) throws(SafetensorsDefect) -> [String: Safetensors.Entry] {
        guard bytes.count >= 8 else { throw .tooShort(bytes: bytes.count) }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(longestHeader) else { throw .headerTooLong(bytes: length, limit: longestHeader) }
        let dataStart = 8 + Int(length)
        guard dataStart <= bytes.count else { throw .headerOutsideFile(bytes: length, file: bytes.count) }
        let header = try decode(UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]))
        guard header.count <= mostTensors else { throw .tooManyTensors(found: header.count, limit: mostTensors) }
        var entries: [String: Safetensors.Entry] = [:]
        for (name, value) in header where name != "__metadata__" {
            guard case .tensor(let raw) = value else { throw .entryMalformed(name: name) }
            entries[name] = try check(raw, name: name, dataStart: dataStart, end: bytes.count)
        }
        try checkOverlaps(entries)
        return entries
    }

    private static func decode(_ bytes: UnsafeRawBufferPointer) throws(SafetensorsDefect) -> [String: HeaderValue] {
        do {
            return try JSONDecoder().decode([String: HeaderValue].self, from: Data(bytes))
        } catch {
            throw .headerNotJSON
        }
    }

    private static func check(
        _ raw: RawEntry, name: String, dataStart: Int, end: Int
    ) throws(SafetensorsDefect) -> Safetensors.Entry {
        guard let elementBytes = bytesPerElement[raw.dtype], raw.data_offsets.count == 2 else {
            throw .entryMalformed(name: name)
        }
        guard raw.shape.count <= highestRank, raw.shape.allSatisfy({ $0 >= 0 }) else {
            throw .shapeInvalid(name: name)
        }
        var size = elementBytes
        for extent in raw.shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw .shapeInvalid(name: name) }
            size = product
        }
        let (first, last) = (raw.data_offsets[0], raw.data_offsets[1])
        guard first >= 0, first <= last, last <= end - dataStart else { throw .offsetsOutsideFile(name: name) }
        guard last - first == size else {
            throw .sizeDiffersFromShape(name: name, expected: size, found: last - first)
        }
        return Safetensors.Entry(type: raw.dtype, shape: raw.shape, range: (dataStart + first)..<(dataStart + last))
    }

    private static func checkOverlaps(_ entries: [String: Safetensors.Entry]) throws(SafetensorsDefect) {
        let byPlace = entries.filter { !$0.value.range.isEmpty }
            .sorted { ($0.value.range.lowerBound, $0.key) < ($1.value.range.lowerBound, $1.key) }
        for (first, second) in zip(byPlace, byPlace.dropFirst())
        where first.value.range.upperBound > second.value.range.lowerBound {
            throw .tensorsOverlap(first: first.key, second: second.key)
        }
    }
}

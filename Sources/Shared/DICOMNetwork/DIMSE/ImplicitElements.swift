/// Reads and writes the elements of Implicit VR Little Endian (PS3.5 §A.1), without knowing their VR.
enum ImplicitElements {
    struct Element: Equatable {
        /// Group << 16 | element.
        let tag: UInt32
        let value: ArraySlice<UInt8>
    }

    static let undefinedLength: UInt32 = 0xFFFF_FFFF
    static let item: UInt32 = 0xFFFE_E000
    static let itemEnd: UInt32 = 0xFFFE_E00D
    static let sequenceEnd: UInt32 = 0xFFFE_E0DD
    /// Deeper sequences than these are not read.
    private static let maxDepth = 8

    /// The elements at the top; nil where the bytes break off or contradict themselves.
    static func parse(_ bytes: ArraySlice<UInt8>, maxElements: Int = 100_000) -> [Element]? {
        var reader = Reader(bytes: bytes)
        var elements: [Element] = []
        while !reader.isAtEnd {
            guard elements.count < maxElements, let element = reader.element(depth: 0) else { return nil }
            elements.append(element)
        }
        return elements
    }

    /// The items of a sequence's value; nil where it is none.
    static func items(of value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        var reader = Reader(bytes: value)
        var items: [ArraySlice<UInt8>] = []
        while !reader.isAtEnd {
            guard let element = reader.element(depth: 0) else { return nil }
            switch element.tag {
            case item: items.append(element.value)
            case sequenceEnd: return items
            default: return nil
            }
        }
        return items
    }

    static func append(_ tag: UInt32, _ value: some Collection<UInt8>, to bytes: inout [UInt8]) {
        append(UInt16(tag >> 16), to: &bytes)
        append(UInt16(tag & 0xFFFF), to: &bytes)
        append(UInt32(value.count), to: &bytes)
        bytes.append(contentsOf: value)
    }

    static func append<Number: FixedWidthInteger>(_ number: Number, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    static func number<Number: FixedWidthInteger>(_ type: Number.Type, _ bytes: ArraySlice<UInt8>) -> Number? {
        guard bytes.count == MemoryLayout<Number>.size else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        var isAtEnd: Bool { bytes.isEmpty }

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count <= bytes.count else { return nil }
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count)
        }

        /// One element or item. A value of undefined length comes without the delimiter behind it.
        mutating func element(depth: Int) -> Element? {
            guard depth < maxDepth, let head = take(8),
                let group = number(UInt16.self, head.prefix(2)),
                let element = number(UInt16.self, head.dropFirst(2).prefix(2)),
                let length = number(UInt32.self, head.suffix(4))
            else { return nil }
            let tag = UInt32(group) << 16 | UInt32(element)
            guard length == undefinedLength else {
                return take(Int(length)).map { Element(tag: tag, value: $0) }
            }
            let end = tag == item ? itemEnd : sequenceEnd
            let rest = bytes
            while true {
                let count = rest.count - bytes.count
                guard let inner = self.element(depth: depth + 1) else { return nil }
                if inner.tag == end { return Element(tag: tag, value: rest.prefix(count)) }
            }
        }
    }
}

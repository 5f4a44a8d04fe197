import Foundation

/// What an image of words has of each word: all that its values and their frequencies depend on, in 65536 places.
enum WordCounts {
    /// Whether each word occurs in the first `count` words. `kinds` is 256 or 65536.
    static func occurring(in words: Data, count: Int, kinds: Int) -> [Bool] {
        let bands = bands(count)
        let found = concurrentMap(bands.count) { band in
            var seen = [Bool](repeating: false, count: kinds)
            seen.withUnsafeMutableBufferPointer { seen in
                forEach(in: words, bands[band], kinds: kinds) { seen[$0] = true }
            }
            return seen
        }
        return (0..<kinds).map { word in found.contains { $0[word] } }
    }

    /// The lowest and the highest of the first `count` words of 16 bits.
    static func span(of words: Data, count: Int) -> ClosedRange<Int> {
        let bands = bands(count)
        let found = concurrentMap(bands.count) { span(in: words, bands[$0]) }
        let low = found.map(\.lowerBound).min() ?? 0
        return low...(found.map(\.upperBound).max() ?? low)
    }

    private static func span(in words: Data, _ range: Range<Int>) -> ClosedRange<Int> {
        words.withUnsafeBytes { bytes in
            precondition(range.lowerBound >= 0 && 2 * range.upperBound <= bytes.count)
            guard let from = bytes.baseAddress, !range.isEmpty else { return 0...0 }
            var (low, high): (UInt16, UInt16) = (0, 0)
            PixelKernels.span(from + 2 * range.lowerBound, range.count, &low, &high)
            return Int(low)...Int(high)
        }
    }

    /// How often each word occurs in a part of an image of `columns` columns.
    static func counts(in words: Data, of field: ImageRegion, columns: Int, kinds: Int) -> [UInt32] {
        let bands = bands(field.rows.count, smallest: 16)
        let found = concurrentMap(bands.count) { band in
            var counts = [UInt32](repeating: 0, count: kinds)
            counts.withUnsafeMutableBufferPointer { counts in
                for row in bands[band] {
                    let first = (field.rows.lowerBound + row) * columns
                    let line = first + field.columns.lowerBound..<first + field.columns.upperBound
                    forEach(in: words, line, kinds: kinds) { counts[$0] &+= 1 }
                }
            }
            return counts
        }
        var sums = [UInt32](repeating: 0, count: kinds)
        for counts in found { for word in 0..<kinds { sums[word] &+= counts[word] } }
        return sums
    }

    /// `count` things in at most four ranges, for as many processors.
    private static func bands(_ count: Int, smallest: Int = 1 << 16) -> [Range<Int>] {
        let bands = max(1, min(4, count / smallest))
        return (0..<bands).map { count * $0 / bands..<count * ($0 + 1) / bands }
    }

    @inline(__always)
    private static func forEach(in words: Data, _ range: Range<Int>, kinds: Int, _ body: (Int) -> Void) {
        words.withUnsafeBytes { bytes in
            precondition(range.lowerBound >= 0 && range.upperBound * (kinds == 256 ? 1 : 2) <= bytes.count)
            guard let from = bytes.baseAddress else { return }
            if kinds == 256 {
                for i in range { body(Int((from + i).load(as: UInt8.self))) }
            } else {
                for i in range { body(Int(UInt16(littleEndian: (from + 2 * i).loadUnaligned(as: UInt16.self)))) }
            }
        }
    }
}

/// The pixels of an image that lie within a tolerance of a level; the others stray.
struct LevelPixels {
    private let pixels: PixelReader
    private let level: Float
    private let tolerance: Float
    /// The words within the tolerance, where words can be compared in place of their values.
    private let words: (bytes: UnsafeRawBufferPointer, near: ClosedRange<UInt16>)?

    /// - Parameter rising: words of 16 bits, all of the image's among them, whose values rise with the word.
    init(_ level: Float, tolerance: Float, in pixels: PixelReader, rising: ClosedRange<Int>?) {
        self.pixels = pixels
        self.level = level
        self.tolerance = tolerance
        guard let rising, case .words(let bytes, let values, _) = pixels.content else {
            words = nil
            return
        }
        let low = Self.first(in: rising) { values[$0] - level >= -tolerance }
        let high = Self.first(in: rising) { values[$0] - level > tolerance } - 1
        words = low <= high ? (bytes, UInt16(clamping: low)...UInt16(clamping: high)) : nil
    }

    /// The first place from which on a condition holds; the one behind the last where it nowhere does.
    private static func first(in range: ClosedRange<Int>, _ holds: (Int) -> Bool) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound + 1)
        while low < high {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// How many of the pixels from `start` on stray.
    func strays(from start: Int, count: Int) -> Int {
        if let (first, low, extent) = nearWords(from: start, count: count) {
            return PixelKernels.countOutside(first, count, low, extent)
        }
        var strays = 0
        forEachNumber(from: start, count: count) { _, isStray in strays += isStray ? 1 : 0 }
        return strays
    }

    /// Adds 1 for each of the pixels from `start` on that strays.
    func countStrays(from start: Int, into counts: UnsafeMutableBufferPointer<UInt32>) {
        guard let out = counts.baseAddress else { return }
        if let (first, low, extent) = nearWords(from: start, count: counts.count) {
            return PixelKernels.markOutside(first, counts.count, low, extent, out)
        }
        forEachNumber(from: start, count: counts.count) { place, isStray in out[place] &+= isStray ? 1 : 0 }
    }

    /// Where the words of some pixels begin, and what is near; nil where values must be compared.
    private func nearWords(from start: Int, count: Int) -> (UnsafeRawPointer, low: UInt16, extent: UInt16)? {
        guard let (bytes, near) = words, let first = bytes.baseAddress else { return nil }
        precondition(start >= 0 && count >= 0 && 2 * (start + count) <= bytes.count)
        return (first + 2 * start, near.lowerBound, near.upperBound - near.lowerBound)
    }

    @inline(__always)
    private func forEachNumber(from start: Int, count: Int, _ body: (_ place: Int, _ isStray: Bool) -> Void) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, count)) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            let line = pixels.numbers(start..<start + count, scratch: scratch)
            for place in 0..<count { body(place, abs(line[place] - level) > tolerance) }
        }
    }
}

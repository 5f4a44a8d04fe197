import CPixels

/// Values that are a straight line over the words of 16 bits, cut off at both ends, as a window makes them: such words
/// become numbers on vectors, with no table to look into.
package struct WordRamp: Sendable {
    private let ramp: px_ramp

    /// - Parameters:
    ///   - values: by word.
    ///   - span: the words that occur.
    /// - Returns: nil unless the line gives the value of every word that occurs within 10⁻⁶.
    init?(_ values: [Float], over span: ClosedRange<Int>) {
        let inSpan = values[span]
        guard let low = inSpan.min(), let high = inSpan.max(),
            let first = inSpan.firstIndex(where: { $0 > low && $0 < high }),
            let last = inSpan.lastIndex(where: { $0 > low && $0 < high }), first < last
        else { return nil }
        let slope = (values[last] - values[first]) / Float(last - first)
        ramp = px_ramp(offset: values[first] - slope * Float(first), slope: slope, low: low, high: high)
        guard span.allSatisfy({ abs(value(of: $0) - values[$0]) <= 1e-6 }) else { return nil }
    }

    private func value(of word: Int) -> Float {
        min(max(ramp.offset + ramp.slope * Float(word), ramp.low), ramp.high)
    }

    /// The values of little endian words, at any address.
    func copy(_ words: UnsafeRawPointer, count: Int, to out: UnsafeMutablePointer<Float>) {
        PixelKernels.onRamp(words, count, ramp, out)
    }
}

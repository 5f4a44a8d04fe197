/// Which raw words are padding (PS3.3 §C.7.5.1.1.2): one value, or a range between value and range limit.
struct PixelPadding {
    /// 256 or 65536 answers, by raw word.
    private let isPadding: [Bool]
    let lower: Int
    let upper: Int

    /// Nil where the data set has no padding value.
    init?(_ dataSet: DataSet, _ description: PixelDescription) {
        guard let first = Self.value(.pixelPaddingValue, in: dataSet, description) else { return nil }
        let last = Self.value(.pixelPaddingRangeLimit, in: dataSet, description) ?? first
        let (lower, upper) = (min(first, last), max(first, last))
        self.lower = lower
        self.upper = upper
        let shift = 1 << description.bitsAllocated
        isPadding = (0..<shift).map { raw in
            // The value may lie outside the bits stored; then it stands in the whole word.
            let whole = description.isSigned && raw >= shift / 2 ? raw - shift : raw
            return (lower...upper).contains(SampleMapping.stored(raw, description)) || (lower...upper).contains(whole)
        }
    }

    /// Whether a raw word is padding; a codec may make wider words than the data set declares.
    func holds(_ raw: Int) -> Bool { raw < isPadding.count && isPadding[raw] }

    /// Written as US or SS, whatever the writer made of it; read by the sign of the pixels.
    private static func value(_ tag: Tag, in dataSet: DataSet, _ description: PixelDescription) -> Int? {
        guard let number = dataSet.int(tag), (-32768...65535).contains(number) else { return nil }
        let word = UInt16(truncatingIfNeeded: number)
        return description.isSigned ? Int(Int16(bitPattern: word)) : Int(word)
    }

    var step: String {
        lower == upper ? "pixel padding value \(lower) masked" : "pixel padding \(lower) to \(upper) masked"
    }
}

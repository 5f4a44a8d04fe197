/// The lowest and highest of values, eight lanes at a time; values are finite by construction.
func valueRange(_ values: UnsafeBufferPointer<Float>) -> ClosedRange<Float> {
    guard let first = values.first else { return 0...0 }
    var low = SIMD8<Float>(repeating: first)
    var high = low
    let raw = UnsafeRawBufferPointer(values)
    let lanes = values.count / 8
    for i in 0..<lanes {
        let part = raw.loadUnaligned(fromByteOffset: 32 * i, as: SIMD8<Float>.self)
        low.replace(with: part, where: part .< low)
        high.replace(with: part, where: part .> high)
    }
    var (minimum, maximum) = (low.min(), high.max())
    for value in values[(8 * lanes)...] {
        minimum = min(minimum, value)
        maximum = max(maximum, value)
    }
    return minimum...maximum
}

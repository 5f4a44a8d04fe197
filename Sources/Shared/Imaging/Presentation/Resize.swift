extension PresentedImage {
    /// The image padded with 0 to a square, centred, and resized to `size` × `size` by a triangle filter that grows
    /// with the scale, so that shrinking does not alias.
    ///
    /// The same numbers as Pillow's `Image.resize((size, size), BILINEAR)` on the padded float image
    /// (`src/libImaging/Resample.c`), the odd pixel of padding to the right or the bottom.
    package func square(_ size: Int) -> [Float] {
        precondition(size > 0)
        let side = max(rows, columns)
        let horizontal = TriangleFilter(
            from: side, to: size, offset: (side - columns) / 2, available: columns)
        let vertical = TriangleFilter(from: side, to: size, offset: (side - rows) / 2, available: rows)
        return pixels.withUnsafeBufferPointer { source in
            let narrowed = horizontal.shrinkRows(source, rows: rows, columns: columns)
            return narrowed.withUnsafeBufferPointer { vertical.shrinkColumns($0, columns: size) }
        }
    }
}

/// The weights of one resampling direction, over a line that is zero outside the pixels available.
struct TriangleFilter {
    /// For each output: the first input, counted in available pixels, and its weights.
    private let taps: [(start: Int, weights: Range<Int>)]
    private let weights: [Float]

    /// - Parameters:
    ///   - from: the length of the padded line.
    ///   - to: the length to make.
    ///   - offset: the place of the first available pixel in the padded line.
    init(from: Int, to: Int, offset: Int, available: Int) {
        let scale = Double(from) / Double(to)
        let support = max(scale, 1)
        var taps: [(start: Int, weights: Range<Int>)] = []
        var weights: [Float] = []
        for output in 0..<to {
            let center = (Double(output) + 0.5) * scale
            let first = max(0, Int(center - support + 0.5))
            let last = min(from, Int(center + support + 0.5))
            let triangle = (first..<last).map { max(0, 1 - abs((Double($0) - center + 0.5) / support)) }
            let sum = triangle.reduce(0, +)
            let begin = weights.count
            let inside = max(first, offset)..<max(max(first, offset), min(last, offset + available))
            weights += inside.map { Float(triangle[$0 - first] / sum) }
            taps.append((inside.lowerBound - offset, begin..<weights.count))
        }
        self.taps = taps
        self.weights = weights
    }

    /// `[rows, columns]` to `[rows, to]`.
    func shrinkRows(_ source: UnsafeBufferPointer<Float>, rows: Int, columns: Int) -> [Float] {
        let width = taps.count
        return [Float](unsafeUninitializedCapacity: rows * width) { out, count in
            weights.withUnsafeBufferPointer { weights in
                guard let first = source.baseAddress, let out = out.baseAddress else { return }
                // Four rows at a time: an addition does not wait for the one before.
                var row = 0
                while row + 4 <= rows {
                    for (i, tap) in taps.enumerated() {
                        var sums = SIMD4<Float>.zero
                        var at = first + (row * columns + tap.start)
                        for w in tap.weights {
                            let inputs = SIMD4(at[0], at[columns], at[2 * columns], at[3 * columns])
                            sums += weights[w] * inputs
                            at += 1
                        }
                        for r in 0..<4 { (out + ((row + r) * width + i)).initialize(to: sums[r]) }
                    }
                    row += 4
                }
                while row < rows {
                    for (i, tap) in taps.enumerated() {
                        var sum: Float = 0
                        let at = first + (row * columns + tap.start)
                        for (k, w) in tap.weights.enumerated() { sum += weights[w] * at[k] }
                        (out + (row * width + i)).initialize(to: sum)
                    }
                    row += 1
                }
            }
            count = rows * width
        }
    }

    /// `[rows, columns]` to `[to, columns]`, whole lines at a time.
    func shrinkColumns(_ source: UnsafeBufferPointer<Float>, columns: Int) -> [Float] {
        var result = [Float](repeating: 0, count: taps.count * columns)
        result.withUnsafeMutableBufferPointer { out in
            for (row, tap) in taps.enumerated() {
                let line = UnsafeMutableBufferPointer(rebasing: out[(row * columns)..<((row + 1) * columns)])
                for (k, w) in tap.weights.enumerated() {
                    let weight = weights[w]
                    let input = UnsafeBufferPointer(
                        rebasing: source[((tap.start + k) * columns)..<((tap.start + k + 1) * columns)])
                    for i in 0..<columns { line[i] += weight * input[i] }
                }
            }
        }
        return result
    }
}

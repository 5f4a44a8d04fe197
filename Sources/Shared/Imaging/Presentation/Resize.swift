import Dispatch

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
        return content.withReader { Resize(columns: columns, horizontal, vertical).resized($0) }
    }
}

/// Resampling of an image in both directions, band by band on all processors.
struct Resize {
    private let columns: Int
    private let horizontal: TriangleFilter
    private let vertical: TriangleFilter

    /// - Parameter columns: of the image that goes in.
    init(columns: Int, _ horizontal: TriangleFilter, _ vertical: TriangleFilter) {
        self.columns = columns
        self.horizontal = horizontal
        self.vertical = vertical
    }

    /// The image with as many rows and columns as the filters make. Columns come first, since then the many pixels of
    /// the source only pass through sums of whole rows.
    func resized(_ source: PixelReader) -> [Float] {
        let (rows, width) = (vertical.outputs, horizontal.outputs)
        let band = max(1, min(48, (rows + 7) / 8))
        return [Float](unsafeUninitializedCapacity: rows * width) { out, count in
            nonisolated(unsafe) let out = out  // each band writes its own rows
            DispatchQueue.concurrentPerform(iterations: (rows + band - 1) / band) { index in
                let outputs = index * band..<min(rows, (index + 1) * band)
                withUnsafeTemporaryAllocation(of: Float.self, capacity: outputs.count * columns) { narrow in
                    sumRows(of: source, outputs, into: narrow)
                    let place = UnsafeMutableBufferPointer(
                        rebasing: out[outputs.lowerBound * width..<outputs.upperBound * width])
                    horizontal.shrinkRows(
                        UnsafeBufferPointer(narrow), rows: outputs.count, columns: columns, into: place)
                }
            }
            count = rows * width
        }
    }

    /// Some rows of the image after the vertical filter.
    private func sumRows(
        of source: PixelReader, _ outputs: Range<Int>, into out: UnsafeMutableBufferPointer<Float>
    ) {
        let places = vertical.mostTaps
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, places * columns)) { ring in
            guard let ring = ring.baseAddress, var line = out.baseAddress else { return }
            // The rows that one output needs are all in the ring; the next one needs most of them again.
            var rows = [UnsafePointer<Float>](repeating: UnsafePointer(ring), count: places)
            var made = 0
            for output in outputs {
                let (start, weights) = vertical.taps(of: output)
                for row in max(made, start)..<max(made, start + weights.count) {
                    rows[row % places] = source.numbers(
                        row * columns..<(row + 1) * columns, scratch: ring + row % places * columns)
                }
                made = max(made, start + weights.count)
                let inputs = weights.indices.map { rows[(start + $0 - weights.startIndex) % places] }
                sum(of: inputs, Array(weights), to: line)
                line += columns
            }
        }
    }

    /// Σ weight · row, all columns.
    private func sum(of rows: [UnsafePointer<Float>], _ weights: [Float], to out: UnsafeMutablePointer<Float>) {
        PixelKernels.weightedRows(rows, weights, rows.count, out, columns)
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

    var outputs: Int { taps.count }

    var mostTaps: Int { taps.map(\.weights.count).max() ?? 0 }

    /// The first input of an output, counted in available pixels, and the weights from there on.
    func taps(of output: Int) -> (start: Int, weights: ArraySlice<Float>) {
        (taps[output].start, weights[taps[output].weights])
    }

    /// `[rows, columns]` to `[rows, outputs]`.
    func shrinkRows(
        _ source: UnsafeBufferPointer<Float>, rows: Int, columns: Int, into out: UnsafeMutableBufferPointer<Float>
    ) {
        let width = taps.count
        precondition(source.count >= rows * columns && out.count >= rows * width)
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
    }
}

/// The steps from the modality values of one frame to what is shown.
///
/// Each step changes a value by itself. So an image of words is never gone through: a step changes the table that says
/// what each word means, and only the statistics look at the pixels.
struct Presenter {
    private let image: DecodedImage
    /// Of the frame, or of its words.
    private let values: [Float]
    /// Of the frame, or of its words; nil where nothing is padding.
    private let isPadding: [Bool]?
    private let content: PixelRows

    init(_ image: DecodedImage, frame index: Int) {
        self.image = image
        switch image.content {
        case .words(_, let values, _):
            content = image.content
            self.values = values
        case .numbers(let numbers):
            let isOnly = image.frames == 1
            values = isOnly ? numbers : Array(image.frame(index))
            content = isOnly ? image.content : .numbers(values)
        }
        switch image.padded {
        case nil: isPadding = nil
        case .words(let words): isPadding = words
        case .pixels(let pixels):
            let count = image.pixelsPerFrame
            isPadding = Array(pixels[(index * count)..<((index + 1) * count)])
        }
    }

    func present() -> PresentedImage {
        var steps = image.appliedSteps
        let (range, rising) = range()
        let field = content.withReader { reader in
            ExposedFieldFinder(
                values: reader, rows: image.rows, columns: image.columns, range: range, rising: rising
            ).find()
        }
        if field.pixels < image.pixelsPerFrame {
            steps.append(
                "exposed field found: rows \(field.rows.lowerBound + 1) to \(field.rows.upperBound), "
                    + "columns \(field.columns.lowerBound + 1) to \(field.columns.upperBound)")
        }
        var shown = windowed(field: field, range: range, &steps)
        if image.isInverted {
            steps.append("inverted: low values are bright")
            shown.withUnsafeMutableBufferPointer { for i in $0.indices { $0[i] = 1 - $0[i] } }
        }
        if let isPadding {
            for i in shown.indices where isPadding[i] { shown[i] = 0 }
        }
        let result: PixelRows =
            if case .words(let words, _, _) = content {
                .words(words, values: shown, ramp: rising.flatMap { WordRamp(shown, over: $0) })
            } else {
                .numbers(shown)
            }
        return PresentedImage(
            rows: image.rows, columns: image.columns, content: result, field: field, appliedSteps: steps)
    }

    /// The lowest and the highest value of the frame, padding included; and the span of its words, where their values
    /// rise with them.
    private func range() -> (ClosedRange<Float>, rising: ClosedRange<Int>?) {
        guard case .words(let words, _, _) = content else { return (values.withUnsafeBufferPointer(valueRange), nil) }
        // Words in order of their values, as nearly always, have the range at the ends of their own.
        if values.count == 65536 {
            let span = WordCounts.span(of: words, count: image.pixelsPerFrame)
            let inSpan = values[span]
            if zip(inSpan, inSpan.dropFirst()).allSatisfy(<=) {
                return (values[span.lowerBound]...values[span.upperBound], span)
            }
        }
        let occurring = WordCounts.occurring(in: words, count: image.pixelsPerFrame, kinds: values.count)
        let found = values.indices.filter { occurring[$0] }.map { values[$0] }
        return (found.withUnsafeBufferPointer(valueRange), nil)
    }

    private func windowed(field: ImageRegion, range: ClosedRange<Float>, _ steps: inout [String]) -> [Float] {
        if let voi = image.voi {
            steps.append(voi.step)
            // The most frequent function has no choice in its loop, so that it runs on vectors.
            if case .window(let center, let width, .linear) = voi, width > 1 {
                let (middle, extent) = (Float(center - 0.5), Float(width - 1))
                return mapped { min(max(($0 - middle) / extent + 0.5, 0), 1) }
            }
            return mapped { voi($0) }
        }
        let percentiles = percentiles(of: field, range: range)
        let (low, high) = (percentiles.value(at: 0.5), percentiles.value(at: 99.5))
        guard high > low else {
            steps.append("constant image, shown black")
            return [Float](repeating: image.isInverted ? 1 : 0, count: values.count)
        }
        steps.append(
            "no usable window in the file: scaled from percentiles 0.5 (\(Words.number(low))) and 99.5 "
                + "(\(Words.number(high))) of the exposed field")
        let scale = 1 / (high - low)
        return mapped { (($0 - low) * scale).clamped(to: 0...1) }
    }

    private func percentiles(of field: ImageRegion, range: ClosedRange<Float>) -> Percentiles {
        var percentiles = Percentiles(range: range)
        if case .words(let words, _, _) = content {
            let counts = WordCounts.counts(in: words, of: field, columns: image.columns, kinds: values.count)
            for (word, count) in counts.enumerated() where count > 0 && !(isPadding?[word] ?? false) {
                percentiles.add(values[word], times: count)
            }
            return percentiles
        }
        for row in field.rows {
            let first = row * image.columns
            for index in first + field.columns.lowerBound..<first + field.columns.upperBound
            where !(isPadding?[index] ?? false) {
                percentiles.add(values[index])
            }
        }
        return percentiles
    }

    @inline(__always) private func mapped(_ transform: (Float) -> Float) -> [Float] {
        values.withUnsafeBufferPointer { values in
            [Float](unsafeUninitializedCapacity: values.count) { out, count in
                for i in 0..<values.count { out.initializeElement(at: i, to: transform(values[i])) }
                count = values.count
            }
        }
    }
}

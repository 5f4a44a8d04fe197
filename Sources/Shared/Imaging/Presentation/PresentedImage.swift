/// An image as a radiologist would see it: windowed, and bone bright.
package struct PresentedImage: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    /// 0…1, row by row; bright is white on a conventional radiograph. Padding is 0.
    package let pixels: [Float]
    /// The exposed part; what is outside stays in `pixels`.
    package let field: ImageRegion
    /// Everything done since the file, in words with numbers.
    package let appliedSteps: [String]

    package init(rows: Int, columns: Int, pixels: [Float], field: ImageRegion, appliedSteps: [String]) {
        precondition(pixels.count == rows * columns)
        self.rows = rows
        self.columns = columns
        self.pixels = pixels
        self.field = field
        self.appliedSteps = appliedSteps
    }
}

extension DecodedImage {
    /// Applies what the file says about display: padding mask, VOI LUT or window (without one the 0.5 and 99.5
    /// percentiles inside the exposed field), inversion where low means bright.
    ///
    /// - Throws: `ImagingError.missingAttribute` for a frame that is not there.
    package func presented(frame index: Int = 0) throws(ImagingError) -> PresentedImage {
        guard (0..<frames).contains(index) else { throw .missingAttribute(keyword: Tag.numberOfFrames.keyword) }
        let offset = index * pixelsPerFrame
        let mask = padding.map { Array($0[offset..<(offset + pixelsPerFrame)]) }
        return values.withUnsafeBufferPointer { all in
            let frame = UnsafeBufferPointer(rebasing: all[offset..<(offset + pixelsPerFrame)])
            return Presenter(image: self, frame: frame, mask: mask).present()
        }
    }
}

/// The steps from modality values to presented pixels of one frame.
private struct Presenter {
    let image: DecodedImage
    let frame: UnsafeBufferPointer<Float>
    let mask: [Bool]?

    func present() -> PresentedImage {
        var steps = image.appliedSteps
        let range = valueRange(frame)
        let field = ExposedFieldFinder(values: frame, rows: image.rows, columns: image.columns, range: range).find()
        if field.pixels < frame.count {
            steps.append(
                "exposed field found: rows \(field.rows.lowerBound + 1) to \(field.rows.upperBound), "
                    + "columns \(field.columns.lowerBound + 1) to \(field.columns.upperBound)")
        }
        var pixels = windowed(field: field, range: range, &steps)
        if image.isInverted {
            steps.append("inverted: low values are bright")
            pixels.withUnsafeMutableBufferPointer { for i in $0.indices { $0[i] = 1 - $0[i] } }
        }
        if let mask {
            for i in pixels.indices where mask[i] { pixels[i] = 0 }
        }
        return PresentedImage(
            rows: image.rows, columns: image.columns, pixels: pixels, field: field, appliedSteps: steps)
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
        var percentiles = Percentiles(range: range)
        add(field, to: &percentiles)
        let (low, high) = (percentiles.value(at: 0.5), percentiles.value(at: 99.5))
        guard high > low else {
            steps.append("constant image, shown black")
            return [Float](repeating: image.isInverted ? 1 : 0, count: frame.count)
        }
        steps.append(
            "no usable window in the file: scaled from percentiles 0.5 (\(Words.number(low))) and 99.5 "
                + "(\(Words.number(high))) of the exposed field")
        let scale = 1 / (high - low)
        return mapped { (($0 - low) * scale).clamped(to: 0...1) }
    }

    private func add(_ field: ImageRegion, to percentiles: inout Percentiles) {
        for row in field.rows {
            let line =
                (row * image.columns + field.columns.lowerBound)..<(row * image.columns + field.columns.upperBound)
            let values = UnsafeBufferPointer(rebasing: frame[line])
            if let mask {
                mask.withUnsafeBufferPointer {
                    percentiles.add(values, unless: UnsafeBufferPointer(rebasing: $0[line]))
                }
            } else {
                percentiles.add(values)
            }
        }
    }

    @inline(__always) private func mapped(_ transform: (Float) -> Float) -> [Float] {
        [Float](unsafeUninitializedCapacity: frame.count) { out, count in
            for i in 0..<frame.count { out.initializeElement(at: i, to: transform(frame[i])) }
            count = frame.count
        }
    }
}

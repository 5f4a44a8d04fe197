/// The spread of values between the 1st and the 99th percentile.
package enum ValueRange {
    /// Of the pixels shown inside the field, as a fraction of the scale 0…1.
    package static func shown(_ image: Radiograph) -> Double {
        let (rows, columns) = (image.fieldRows, image.fieldColumns)
        let count = rows.count * columns.count
        return between(count: count) { index in
            let row = rows.lowerBound + index / columns.count
            return image.pixels[row * image.columns + columns.lowerBound + index % columns.count]
        }
    }

    /// Of the stored values, as a fraction of what `bitsStored` bits scaled by `rescaleSlope` can hold; of more than
    /// 12 bits those 12 count, since many files declare bits that their detector does not deliver.
    package static func stored(_ values: [Float], bitsStored: Int, rescaleSlope: Double) -> Double {
        let fullScale = (Double(1 << min(bitsStored, 12)) - 1) * abs(rescaleSlope)
        guard fullScale > 0, !values.isEmpty else { return 0 }
        return between(count: values.count) { values[$0] } / fullScale
    }

    /// Percentiles over at most 65,536 values, evenly spread over all.
    private static func between(count: Int, _ value: (Int) -> Float) -> Double {
        let samples = min(count, 1 << 16)
        let sorted = (0..<samples).map { value($0 * count / samples) }.sorted()
        let (low, high) = (sorted[(samples - 1) / 100], sorted[(samples - 1) - (samples - 1) / 100])
        return Double(high - low)
    }
}

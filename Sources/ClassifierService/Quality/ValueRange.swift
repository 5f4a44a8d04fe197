import Imaging

/// The spread of values between the 1st and the 99th percentile.
package enum ValueRange {
    /// So many values at most, evenly spread over all, stand for an image.
    static let sampleSize = 1 << 14

    /// Of the pixels shown inside the field, as a fraction of the scale 0…1.
    package static func shown(_ image: Radiograph) -> Double {
        let (rows, columns) = (image.fieldRows, image.fieldColumns)
        return image.content.withReader { pixels in
            between(count: rows.count * columns.count) { index in
                let row = rows.lowerBound + index / columns.count
                return pixels[row * image.columns + columns.lowerBound + index % columns.count]
            }
        }
    }

    /// Of the stored values, as a fraction of what `bitsStored` bits scaled by `rescaleSlope` can hold; of more than
    /// 12 bits those 12 count, since many files declare bits that their detector does not deliver.
    package static func stored(_ values: [Float], bitsStored: Int, rescaleSlope: Double) -> Double {
        let fullScale = (Double(1 << min(bitsStored, 12)) - 1) * abs(rescaleSlope)
        guard fullScale > 0, !values.isEmpty else { return 0 }
        return between(count: values.count) { values[$0] } / fullScale
    }

    private static func between(count: Int, _ value: (Int) -> Float) -> Double {
        let values = evenPlaces(of: count, atMost: sampleSize).map(value)
        let (low, high) = ((values.count - 1) / 100, (values.count - 1) - (values.count - 1) / 100)
        let found = OrderStatistics.values(atRanks: [low, high], of: values)
        return Double(found[1] - found[0])
    }
}

package import Imaging

/// What an input looks like, in few numbers by name: what a site watches to see that its inputs leave the distribution
/// that a network learned. Nothing of a patient can be read from them.
package struct InputStatistics: Equatable, Sendable {
    package let values: [String: Double]

    /// Of a presented image inside its exposed field: `mean`, `deviation` and the percentiles `p05`, `p50`, `p95`, all of
    /// 0…1; `field`, the exposed share of the image; `bits_stored`.
    package init(_ image: PresentedImage, bitsStored: Int) {
        let field = image.field
        // Every so many lines and columns: ten thousand pixels say enough.
        let step = max(1, Int((Double(field.pixels) / 10_000).squareRoot()))
        var sample: [Float] = []
        image.content.withReader { pixels in
            for row in stride(from: field.rows.lowerBound, to: field.rows.upperBound, by: step) {
                for column in stride(from: field.columns.lowerBound, to: field.columns.upperBound, by: step) {
                    sample.append(pixels[row * image.columns + column])
                }
            }
        }
        values = Self.distribution(of: sample).merging([
            "field": Double(field.pixels) / Double(image.rows * image.columns), "bits_stored": Double(bitsStored),
        ]) { first, _ in first }
    }

    /// Of a volume: `mean`, `deviation` and percentiles of its voxels as the network sees them, 0…1 before
    /// normalisation; `inside`, the share of the grid that it fills; `spacing_least`, `spacing_greatest` and
    /// `extent_least` in mm.
    package init(_ volume: Volume, _ tensor: VolumeTensor, for input: VolumeInput) {
        // Of large grids every so manieth voxel, oddly many apart: not the same columns of every row.
        let step = tensor.values.count / 200_000 * 2 + 1
        var sample: [Float] = []
        for index in stride(from: 0, to: tensor.values.count, by: step) where tensor.inside[index] {
            sample.append(tensor.values[index] * input.standardDeviation + input.mean)
        }
        let inside = tensor.inside.count { $0 }
        let (spacing, grid) = (volume.affine.spacing, volume.grid)
        let spacings = [spacing.x, spacing.y, spacing.z]
        let extents = zip([grid.columns, grid.rows, grid.slices], spacings).map { Double($0) * $1 }
        values = Self.distribution(of: sample).merging([
            "inside": Double(inside) / Double(max(1, tensor.values.count)),
            "spacing_least": spacings.min() ?? 0, "spacing_greatest": spacings.max() ?? 0,
            "extent_least": extents.min() ?? 0,
        ]) { first, _ in first }
    }

    private static func distribution(of sample: [Float]) -> [String: Double] {
        let count = Double(max(1, sample.count))
        let mean = sample.reduce(0) { $0 + Double($1) } / count
        let variance = sample.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
        let percentiles = OrderStatistics.percentiles([5, 50, 95], of: sample).map(Double.init)
        return [
            "mean": mean, "deviation": variance.squareRoot(), "p05": percentiles[0], "p50": percentiles[1],
            "p95": percentiles[2],
        ]
    }

    /// The statistics that lie outside the ranges a bundle was trained on, sorted.
    package func outside(_ reference: [String: [Double]]) -> [String] {
        reference.filter { name, range in
            guard let value = values[name], range.count == 2 else { return false }
            return value < range[0] || value > range[1]
        }.keys.sorted()
    }
}

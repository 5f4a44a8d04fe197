package import Imaging

/// A volume as the network sees it: on the bundle's grid, percentiles as 0 and 1, normalised.
package struct VolumeTensor: Sendable {
    /// Around the volume's centre, axes along the patient's left, back and head.
    package let grid: Grid
    /// `[D, H, W]`.
    package let values: [Float]
    /// Which of them lie inside the source volume.
    package let inside: [Bool]

    /// Voxels outside the source are 0 after scaling and take no part in the percentiles.
    ///
    /// Nil where all voxels inside are alike.
    package init?(_ volume: Volume, for input: VolumeInput) {
        grid = Grid.isotropic(
            columns: input.columns, rows: input.rows, slices: input.slices,
            spacingMillimetres: input.spacingMillimetres, center: volume.grid.center)
        let (sampled, inside) = volume.resampled(onto: grid)
        self.inside = inside
        let known = zip(sampled, inside).filter(\.1).map(\.0).sorted()
        let low = Self.percentile(input.lowPercentile, ofSorted: known)
        let high = Self.percentile(input.highPercentile, ofSorted: known)
        guard high > low else { return nil }
        values = zip(sampled, inside).map { value, inside in
            let scaled = inside ? min(max((value - low) / (high - low), 0), 1) : 0
            return (scaled - input.mean) / input.standardDeviation
        }
    }

    /// With linear interpolation between the two nearest ranks; 0 of nothing.
    static func percentile(_ percent: Double, ofSorted values: [Float]) -> Float {
        guard let last = values.last else { return 0 }
        let rank = percent / 100 * Double(values.count - 1)
        let lower = Int(rank)
        guard lower + 1 < values.count else { return last }
        return values[lower] + (values[lower + 1] - values[lower]) * Float(rank - Double(lower))
    }
}

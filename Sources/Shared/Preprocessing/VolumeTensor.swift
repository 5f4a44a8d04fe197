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
        var known: [Float] = []
        known.reserveCapacity(sampled.count)
        for (value, isInside) in zip(sampled, inside) where isInside { known.append(value) }
        let limits = OrderStatistics.percentiles([input.lowPercentile, input.highPercentile], of: known)
        let (low, high) = (limits[0], limits[1])
        guard high > low else { return nil }
        values = zip(sampled, inside).map { value, inside in
            let scaled = inside ? min(max((value - low) / (high - low), 0), 1) : 0
            return (scaled - input.mean) / input.standardDeviation
        }
    }
}

package import Imaging
package import NeuralNetwork

/// How a bundle wants to see a volume: on an isotropic grid, two percentiles as 0 and 1, normalised.
package struct VolumeInput: Equatable, Sendable {
    /// Extents along the patient's left (W), back (H) and head (D).
    package var columns: Int
    package var rows: Int
    package var slices: Int
    package var spacingMillimetres: Double
    /// Percentiles of the grid that become 0 and 1.
    package var lowPercentile = 1.0
    package var highPercentile = 99.0
    /// (x − mean) / standardDeviation comes last.
    package var mean: Float = 0.5
    package var standardDeviation: Float = 0.25

    /// What a source volume may ask of the machine. Fewer slices do not hold a heart well enough to plan on.
    package static var sourceLimits: VolumeLimits {
        var limits = VolumeLimits()
        limits.minSlices = 6
        return limits
    }

    package init(columns: Int, rows: Int, slices: Int, spacingMillimetres: Double) {
        self.columns = columns
        self.rows = rows
        self.slices = slices
        self.spacingMillimetres = spacingMillimetres
    }

    /// - Throws: `NeuralNetworkError.manifestMalformed` naming the field that a volume cannot do without.
    package init(_ input: ModelManifest.Input) throws(NeuralNetworkError) {
        guard input.size.count == 3 else { throw .manifestMalformed(field: "input.size", reason: "not three extents") }
        guard let spacing = input.spacing_mm, (0.5...20).contains(spacing) else {
            throw .manifestMalformed(field: "input.spacing_mm", reason: "not 0.5 to 20 mm")
        }
        let intensity = input.intensity
        guard intensity.scale == .percentile, let low = intensity.low, let high = intensity.high,
            0 <= low, low < high, high <= 100
        else { throw .manifestMalformed(field: "input.intensity", reason: "not two percentiles") }
        guard intensity.mean.count == 1, intensity.std.count == 1 else {
            throw .manifestMalformed(field: "input.channels", reason: "a volume has one channel")
        }
        self.init(columns: input.size[2], rows: input.size[1], slices: input.size[0], spacingMillimetres: spacing)
        lowPercentile = low
        highPercentile = high
        mean = Float(intensity.mean[0])
        standardDeviation = Float(intensity.std[0])
    }
}

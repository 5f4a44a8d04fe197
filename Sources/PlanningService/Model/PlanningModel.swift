package import Wire

/// Turns a normalised volume into one distance map for each view. The engine's V-Net does, and stand-ins in tests.
package protocol DistanceNetwork: Sendable {
    /// - Parameters:
    ///   - input: `[D, H, W]`, normalised as the bundle says.
    /// - Returns: `[C, D, H, W]`, one channel for each of the bundle's outputs.
    func distances(_ input: [Float], depth: Int, height: Int, width: Int) throws -> [Float]
    /// The same on memory of the caller.
    func distances(_ input: UnsafeBufferPointer<Float>, depth: Int, height: Int, width: Int) throws -> [Float]
}

extension DistanceNetwork {
    package func distances(
        _ input: UnsafeBufferPointer<Float>, depth: Int, height: Int, width: Int
    ) throws -> [Float] {
        try distances(Array(input), depth: depth, height: height, width: width)
    }
}

/// One model bundle, ready to plan.
package struct PlanningModel: Sendable {
    /// What the network wants to see.
    package struct Input: Equatable, Sendable {
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

        package init(columns: Int, rows: Int, slices: Int, spacingMillimetres: Double) {
            self.columns = columns
            self.rows = rows
            self.slices = slices
            self.spacingMillimetres = spacingMillimetres
        }
    }

    /// One channel of the network's output.
    package struct Output: Equatable, Sendable {
        package let view: CardiacView
        /// Where the map is cut off, mm.
        package let truncationMillimetres: Double
        /// Network value × this = signed distance, mm.
        package let scaleMillimetres: Double

        package init(view: CardiacView, truncationMillimetres: Double = 40, scaleMillimetres: Double = 40) {
            self.view = view
            self.truncationMillimetres = truncationMillimetres
            self.scaleMillimetres = scaleMillimetres
        }
    }

    package let reference: ModelRef
    package let input: Input
    package let outputs: [Output]
    package let network: any DistanceNetwork

    package init(reference: ModelRef, input: Input, outputs: [Output], network: any DistanceNetwork) {
        self.reference = reference
        self.input = input
        self.outputs = outputs
        self.network = network
    }
}

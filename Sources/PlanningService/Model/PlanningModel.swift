package import Preprocessing
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
    package let input: VolumeInput
    package let outputs: [Output]
    package let network: any DistanceNetwork
    /// Ranges of input statistics that training knew.
    package let trainedOn: [String: [Double]]

    package init(
        reference: ModelRef, input: VolumeInput, outputs: [Output], network: any DistanceNetwork,
        trainedOn: [String: [Double]] = [:]
    ) {
        self.reference = reference
        self.input = input
        self.outputs = outputs
        self.network = network
        self.trainedOn = trainedOn
    }
}

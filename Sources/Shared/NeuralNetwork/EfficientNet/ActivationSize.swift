import Foundation

/// How large the activations of a network are, estimated from its weights layer by layer.
///
/// Paired products (`nn_pairs`) add activations and weights; what is small beside the other would lose digits. So
/// activations are kept multiplied by a power of two that makes both about as large, which changes no digit of any
/// other kernel. The estimate takes products for independent: outputs have K times the mean squares of inputs and weights.
struct ActivationSize: Sendable {
    /// Mean square.
    var square: Double

    /// A layer's weights before its batch norm, and the norm.
    struct Layer {
        /// Inputs of a sum times the mean square of the weights.
        private let gain: Double
        private let weight: Double
        private let factors: [Double]
        private let offsets: [Double]

        init(
            _ values: [Float], inputs: Int, norm prefix: String, _ weights: any TensorSource
        ) throws(NeuralNetworkError) {
            let channels = values.count / inputs
            func tensor(_ name: String) throws(NeuralNetworkError) -> [Double] {
                try weights.tensor(named: prefix + name, shape: [channels]).map(Double.init)
            }
            let (gamma, beta) = try (tensor(".weight"), tensor(".bias"))
            let (mean, variance) = try (tensor(".running_mean"), tensor(".running_var"))
            // A sample is enough, and an odd step meets all channels.
            let sample = stride(from: 0, to: values.count, by: values.count > 4096 ? 17 : 1).map { Double(values[$0]) }
            weight = sample.reduce(0) { $0 + $1 * $1 } / Double(sample.count)
            gain = Double(inputs) * weight
            let factors = zip(gamma, variance).map { $0 / ($1 + EfficientNetLayers.epsilon).squareRoot() }
            offsets = (0..<channels).map { beta[$0] - mean[$0] * factors[$0] }
            self.factors = factors
        }

        /// Mean square of the weights with the norm folded in.
        var foldedWeight: Double { weight * factors.reduce(0) { $0 + $1 * $1 } / Double(factors.count) }

        /// The mean over all channels of a function of the outputs, taken for normally distributed (Gauss and Hermite).
        fileprivate func mean(of function: (Double) -> Double, _ input: ActivationSize) -> Double {
            let nodes = [(0, 2.0 / 3), (3.0.squareRoot(), 1.0 / 6), (-3.0.squareRoot(), 1.0 / 6)]
            let deviation = (gain * input.square).squareRoot()
            let total = zip(factors, offsets).reduce(0.0) { sum, channel in
                sum + nodes.reduce(0.0) { $0 + $1.1 * function(channel.1 + channel.0 * deviation * $1.0) }
            }
            return total / Double(factors.count)
        }
    }

    /// After a layer without activation.
    func after(_ layer: Layer) -> ActivationSize { ActivationSize(square: layer.mean(of: { $0 * $0 }, self)) }

    /// After a layer with SiLU.
    func afterSiLU(_ layer: Layer) -> ActivationSize {
        ActivationSize(
            square: layer.mean(
                of: { x in
                    let y = x / (1 + exp(-x))
                    return y * y
                }, self))
    }

    /// The power of two for activations of this size before a layer. They have a few large values, which weights have
    /// not, so they are kept at a quarter of the size.
    func scale(before layer: Layer) -> Double {
        let ratio = (layer.foldedWeight / square).squareRoot()  // s² where s·x is as large as w/s
        guard ratio.isFinite, ratio > 0 else { return 1 }
        return exp2(min(max((log2(ratio) / 2 - 2).rounded(), -24), 24))
    }
}

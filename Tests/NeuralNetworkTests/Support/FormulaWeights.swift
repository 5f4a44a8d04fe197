import Foundation
import NeuralNetwork

/// The weights and inputs of training/reference/formula.py, computed here.
struct FormulaWeights: TensorSource {
    var gain = 1.6

    func tensor(named name: String, shape: [Int]) throws(NeuralNetworkError) -> [Float] {
        let count = shape.reduce(1, *)
        if name.hasSuffix(".running_var") { return Self.map(name, count) { 0.5 + $0 } }
        if name.hasSuffix(".running_mean") || name.hasSuffix(".bias") {
            return Self.map(name, count) { ($0 - 0.5) * 0.25 }
        }
        if shape.count == 1 { return Self.map(name, count) { 0.75 + $0 * 0.5 } }
        let bound = Float((3 * gain / Double(shape.dropFirst().reduce(1, *))).squareRoot())
        return Self.map(name, count) { ($0 * 2 - 1) * bound }
    }

    /// `[N, C, spatial…]` in patches of `size` along every spatial axis.
    static func patches(_ shape: [Int], size: Int) -> [Float] {
        let spatial = Array(shape.dropFirst(2))
        let coarse = spatial.map { ($0 + size - 1) / size }
        let images = shape[0] * shape[1]
        let values = map("input", images * coarse.reduce(1, *)) { $0 * 4 }
        return (0..<shape.reduce(1, *)).map { index in
            var rest = index
            var at = 0
            var step = 1
            for axis in spatial.indices.reversed() {
                at += rest % spatial[axis] / size * step
                rest /= spatial[axis]
                step *= coarse[axis]
            }
            return values[rest * step + at]
        }
    }

    static func map(_ name: String, _ count: Int, _ transform: (Float) -> Float) -> [Float] {
        let seed = fnv1a(name)
        return [Float](unsafeUninitializedCapacity: count) { out, initialized in
            var state = seed
            for i in 0..<count {
                out[i] = transform(uniform(state))
                state &+= 0x9E37_79B9_7F4A_7C15
            }
            initialized = count
        }
    }

    /// splitmix64's finaliser, its 24 highest bits as a fraction.
    private static func uniform(_ state: UInt64) -> Float {
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return Float(z >> 40) / 0x1p24
    }

    private static func fnv1a(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

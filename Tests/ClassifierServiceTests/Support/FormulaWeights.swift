import NeuralNetwork
import Synchronization

/// Weights computed from each tensor's name, which remembers what it was asked for: enough to write a file that a
/// network can be loaded from. They mean nothing; they only make every part of the way run.
final class FormulaWeights: TensorSource {
    private let asked = Mutex<[String: (shape: [Int], values: [Float])]>([:])

    /// Every tensor given so far, by name.
    var tensors: [(name: String, shape: [Int], values: [Float])] {
        asked.withLock { $0.map { ($0.key, $0.value.shape, $0.value.values) }.sorted { $0.0 < $1.0 } }
    }

    func tensor(named name: String, shape: [Int]) throws(NeuralNetworkError) -> [Float] {
        let values = Self.values(named: name, shape: shape)
        asked.withLock { $0[name] = (shape, values) }
        return values
    }

    /// Batch norms that change nothing, and weights of variance 2 / fan-in.
    private static func values(named name: String, shape: [Int]) -> [Float] {
        let count = shape.reduce(1, *)
        if shape.count == 1 {
            let isScale = name.hasSuffix(".weight") || name.hasSuffix("running_var")
            return [Float](repeating: isScale ? 1 : 0, count: count)
        }
        let fanIn = Float(shape.dropFirst().reduce(1, *))
        let scale = (24 / fanIn).squareRoot()  // of a uniform number −0.5…0.5, whose variance is 1/12
        var generator = SeededGenerator(
            state: name.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
        return (0..<count).map { _ in (Float(generator.next() >> 40) * 0x1p-24 - 0.5) * scale }
    }
}

import Synchronization

/// Hands on tensors and remembers which of them a network asked for.
package final class RecordingSource: TensorSource {
    private let source: any TensorSource
    private let asked = Mutex<[String: [Int]]>([:])

    package init(_ source: any TensorSource) {
        self.source = source
    }

    /// Shapes by name.
    package var used: [String: [Int]] { asked.withLock { $0 } }

    package func tensor(named name: String, shape: [Int]) throws(NeuralNetworkError) -> [Float] {
        let values = try source.tensor(named: name, shape: shape)
        asked.withLock { $0[name] = shape }
        return values
    }

    package func check(named name: String, shape: [Int]) throws(NeuralNetworkError) {
        try source.check(named: name, shape: shape)
        asked.withLock { $0[name] = shape }
    }
}

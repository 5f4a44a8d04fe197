/// Where a network takes its weights from: named tensors as float32.
package protocol TensorSource: Sendable {
    /// The elements of a tensor, row-major.
    ///
    /// - Throws: `tensorMissing`, `tensorMisshapen` or `tensorOfUnsupportedType`, each naming the tensor.
    func tensor(named name: String, shape: [Int]) throws(NeuralNetworkError) -> [Float]
    /// Makes sure that `tensor` will not throw, as far as that can be seen without reading its elements.
    func check(named name: String, shape: [Int]) throws(NeuralNetworkError)
}

extension TensorSource {
    package func check(named name: String, shape: [Int]) throws(NeuralNetworkError) {
        _ = try tensor(named: name, shape: shape)
    }
}

/// Where a network takes its weights from: named tensors as float32.
package protocol TensorSource: Sendable {
    /// The elements of a tensor, row-major.
    ///
    /// - Throws: `tensorMissing`, `tensorMisshapen` or `tensorOfUnsupportedType`, each naming the tensor.
    func tensor(named name: String, shape: [Int]) throws(NeuralNetworkError) -> [Float]
}

import CKernels
import Synchronization

/// A 5×5×5 convolution with padding 2 and folded batch norm.
///
/// Which form is fastest depends on the map, so weights are packed when the first plan asks for a form. All plans share
/// them, and they go with the last plan that uses them; the network keeps the source of its weights instead.
final class VolumeLayer: Sendable {
    /// Weights packed for one form.
    enum Packed: Sendable {
        case direct(ConvolutionLayer)
        case winograd(WinogradLayer)
    }

    private struct Kept {
        weak var direct: ConvolutionLayer?
        weak var winograd: WinogradLayer?
    }

    let input: ChannelLayout
    let output: ChannelLayout
    private let name: String
    private let source: any TensorSource
    private let norm: FoldedNorm
    private let kept = Mutex<[VolumeForm: Kept]>([:])
    private static let shape = KernelShape(z: 5, y: 5, x: 5, paddingZ: 2, paddingY: 2, paddingX: 2)

    /// - Parameter name: of the weight, `[C_out, C_in, 5, 5, 5]`.
    /// - Throws: when the source has no such tensor.
    init(
        _ name: String, from source: any TensorSource, norm: FoldedNorm, input: ChannelLayout, output: ChannelLayout
    ) throws(NeuralNetworkError) {
        self.name = name
        self.source = source
        self.norm = norm
        self.input = input
        self.output = output
        try source.check(named: name, shape: [output.channels, input.channels, 5, 5, 5])
    }

    /// What every form costs on a map of this extent.
    func costs(on extent: Extent) -> [VolumeFormCost] {
        VolumeForm.all.map { VolumeFormCost($0, input: input, output: output, extent: extent) }
    }

    /// The weights in this form, packed on all threads if no plan has them.
    func packed(_ form: VolumeForm, workers: Workers) throws(NeuralNetworkError) -> Packed {
        let found = kept.withLock { $0[form] }
        if let layer = found?.direct { return .direct(layer) }
        if let layer = found?.winograd { return .winograd(layer) }
        let values = try source.tensor(named: name, shape: [output.channels, input.channels, 5, 5, 5])
        switch form {
        case .direct:
            let layer = ConvolutionLayer(
                values, order: .convolution(inputs: input.channels, taps: Self.shape.taps), norm: norm,
                shape: Self.shape, input: input, output: output, kernels: KernelSet(float32: workers.kernels))
            kept.withLock { $0[form] = Kept(direct: layer) }
            return .direct(layer)
        case .winograd(let z, let y, let x):
            let layer = WinogradLayer(
                values, norm: norm, tile: (z, y, x), input: input, output: output, workers: workers)
            kept.withLock { $0[form] = Kept(winograd: layer) }
            return .winograd(layer)
        }
    }
}

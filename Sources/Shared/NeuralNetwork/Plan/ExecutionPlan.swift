import CKernels

/// The steps of one network for one input size, and where their activations lie. Made once, run many times.
struct ExecutionPlan: Sendable {
    /// One step; the layers in it own the weights to which its description points.
    enum Step: @unchecked Sendable {  // descriptions point into weights that are only read
        case importPlanar(into: PlanarInput)
        case convolution(
            nn_convolution, layer: ConvolutionLayer, input: Place, output: Place, residual: Place?, scale: Place?,
            scratch: Place, stride: Int)
        case winograd(
            nn_winograd, layer: WinogradLayer, input: Place, output: Place, residual: Place?, scratch: Place)
        case depthwise(
            nn_depthwise, expand: ConvolutionLayer?, filter: DepthwiseLayer, input: Place, output: Place, sums: Place,
            scratch: Place, stride: Int)
        case squeeze(SqueezeLayer, area: Int, strips: Int, sums: Place, mean: Place, hidden: Place, factors: Place)
        case outputTransition(
            nn_output_transition, layer: OutputTransitionLayer, input: Place, output: Place, scratch: Place)
        case zeroBorders(Activation)
    }

    let steps: [Step]
    /// The layer of each step, by its name in the checkpoint.
    let layers: [String]
    /// Float offset of every buffer in the arena.
    let offsets: [Int]
    /// Bytes of activations and scratch memory.
    let arenaBytes: Int

    func address(_ place: Place, in arena: AlignedMemory) -> UnsafeMutablePointer<Float> {
        arena.floats + (offsets[place.buffer] + place.offset)
    }

    /// Runs every step on one image.
    ///
    /// - Parameter input: planar, `[C][D][H][W]`, as many elements as the plan was made for.
    func run(_ input: UnsafePointer<Float>, in arena: AlignedMemory, workers: Workers) {
        precondition(arena.bytes >= arenaBytes)
        for step in steps { run(step, input: input, arena: arena, workers: workers) }
    }

    func run(_ step: Step, input: UnsafePointer<Float>, arena: AlignedMemory, workers: Workers) {
        func at(_ place: Place) -> UnsafeMutablePointer<Float> { address(place, in: arena) }
        switch step {
        case .importPlanar(let target):
            nn_import_planar(
                Int64(target.channels * target.extent.depth * target.extent.height), Int64(target.extent.width),
                Int64(target.borderLeft), Int64(target.rowStride), input, at(target.place) - target.borderLeft)
        case .convolution(
            var description, _, let input, let output, let residual, let scale, let scratch, let stride):
            let residual = residual.map { UnsafePointer(at($0)) }
            if let scale {
                nn_convolution_run_scaled(
                    workers.kernels, workers.pool, &description, at(input), at(output), residual, at(scale),
                    at(scratch), stride)
            } else {
                nn_convolution_run(
                    workers.kernels, workers.pool, &description, at(input), at(output), residual, at(scratch), stride)
            }
        case .winograd(var description, _, let input, let output, let residual, let scratch):
            nn_winograd_run(
                workers.kernels, workers.pool, &description, at(input), at(output),
                residual.map { UnsafePointer(at($0)) }, at(scratch))
        case .depthwise(
            var description, _, _, let input, let output, let sums, let scratch, let stride):
            nn_depthwise_run(
                workers.kernels, workers.pool, &description, at(input), at(output), at(sums), at(scratch), stride)
        case .squeeze(let layer, let area, let strips, let sums, let mean, let hidden, let factors):
            var description = layer.description
            nn_squeeze_run(
                workers.kernels, workers.pool, &description, Int32(strips), at(sums), Float(area), at(mean), at(hidden),
                at(factors))
        case .outputTransition(var description, _, let input, let output, let scratch):
            nn_output_transition_run(
                workers.kernels, workers.pool, &description, at(input), at(output), at(scratch))
        case .zeroBorders(let a):
            nn_zero_borders(
                Int64(a.layout.blocks * a.extent.depth * a.extent.height), Int64(a.border), Int64(a.extent.width),
                Int64(a.rowStride), at(a.place))
        }
    }
}

import CKernels

/// Collects the steps of a plan and the lifetimes of its buffers.
struct PlanBuilder {
    let threads: Int
    /// The layer to which the next steps belong, by its name in the checkpoint.
    var layer = ""
    private var steps: [ExecutionPlan.Step] = []
    private var layers: [String] = []
    private var arena = ArenaPlanner()

    init(threads: Int) { self.threads = threads }

    mutating func buffer(floats: Int) -> Place { Place(buffer: arena.add(floats: floats)) }

    /// Scratch memory lives for one step, so it lies where other steps have their activations.
    private mutating func buffer(bytes: Int) -> Place {
        buffer(floats: (bytes + MemoryLayout<Float>.size - 1) / MemoryLayout<Float>.size)
    }

    /// - Parameter type: of its elements; bfloat16 activations have no border.
    mutating func activation(
        _ layout: ChannelLayout, _ extent: Extent, border: Int = 0, type: nn_type = NN_F32
    ) -> Activation {
        precondition(border == 0 || type == NN_F32)
        let place = buffer(floats: Activation.floats(layout: layout, extent: extent, border: border, type: type))
        return Activation(
            place: place.advanced(by: border * Int(NN_LANES)), layout: layout, extent: extent, border: border,
            type: type)
    }

    /// The network's input with zero columns left and right of every row.
    mutating func importInput(channels: Int, extent: Extent, borderLeft: Int, borderRight: Int) -> PlanarInput {
        let row = borderLeft + extent.width + borderRight
        let place = buffer(floats: channels * extent.depth * extent.height * row)
        let input = PlanarInput(
            place: place.advanced(by: borderLeft), channels: channels, extent: extent, borderLeft: borderLeft,
            rowStride: row)
        append(.importPlanar(into: input), uses: [place])
        return input
    }

    /// `y = first(conv(x) + bias)`, with a residual `y = second(y + residual)`.
    mutating func convolution(
        _ layer: ConvolutionLayer, from source: Activation, to target: Activation,
        first: nn_activation = NN_ACTIVATION_NONE, residual: Activation? = nil,
        second: nn_activation = NN_ACTIVATION_NONE, scale: Place? = nil
    ) {
        var description = layer.descriptor(from: source, to: target)
        description.first = first
        description.second = second
        append(description, layer, input: source.place, output: target.place, residual: residual?.place, scale: scale)
    }

    /// The same for a 5×5×5 convolution, in the form for which its weights are packed.
    mutating func convolution(
        _ packed: VolumeLayer.Packed, from source: Activation, to target: Activation, first: nn_activation,
        residual: Activation? = nil, second: nn_activation = NN_ACTIVATION_NONE
    ) {
        switch packed {
        case .direct(let layer):
            convolution(layer, from: source, to: target, first: first, residual: residual, second: second)
        case .winograd(let layer):
            var description = layer.descriptor(from: source, to: target)
            description.first = first
            description.second = second
            let scratch = buffer(bytes: nn_winograd_scratch(&description, Int32(threads)))
            append(
                .winograd(
                    description, layer: layer, input: source.place, output: target.place, residual: residual?.place,
                    scratch: scratch),
                uses: [source.place, target.place, scratch] + [residual?.place].compactMap { $0 })
        }
    }

    mutating func convolution(
        _ layer: ConvolutionLayer, from source: PlanarInput, to target: Activation, first: nn_activation
    ) {
        var description = layer.descriptor(from: source, to: target)
        description.first = first
        append(description, layer, input: source.place, output: target.place)
    }

    /// A transposed convolution of kernel and stride 2 is one 1×1 convolution for each of its eight taps, every one
    /// writing every second position of the target.
    mutating func upsampling(
        _ taps: [ConvolutionLayer], from source: Activation, to target: Activation, first: nn_activation
    ) {
        precondition(taps.count == 8 && source.extent == target.extent.halved)
        for (tap, layer) in taps.enumerated() {
            var description = layer.descriptor(from: source, to: target)
            description.first = first
            description.out_depth = Int32(source.extent.depth)
            description.out_height = Int32(source.extent.height)
            description.out_width = Int32(source.extent.width)
            description.out_plane *= 2
            description.out_row *= 2
            description.out_column *= 2
            let offset =
                tap / 4 * target.planeStride + tap / 2 % 2 * target.rowStride + tap % 2 * Int(NN_LANES)
            append(description, layer, input: source.place, output: target.place.advanced(by: offset))
        }
    }

    private mutating func append(
        _ description: nn_convolution, _ layer: ConvolutionLayer, input: Place, output: Place,
        residual: Place? = nil, scale: Place? = nil
    ) {
        var description = description
        let stride = (nn_convolution_scratch(&description, scale != nil) + 63) / 64 * 64
        let scratch = buffer(bytes: threads * stride + nn_convolution_shared_scratch(&description))
        append(
            .convolution(
                description, layer: layer, input: input, output: output, residual: residual, scale: scale,
                scratch: scratch, stride: stride),
            uses: [input, output, scratch] + [residual, scale].compactMap { $0 })
    }

    /// The expansion, if there is one, and the depthwise convolution, both with SiLU, then the squeeze step on the result.
    ///
    /// - Returns: one factor for each lane of `target`, for the projection that follows.
    mutating func depthwiseAndSqueeze(
        _ expand: ConvolutionLayer?, _ filter: DepthwiseLayer, _ squeeze: SqueezeLayer, from source: Activation,
        to target: Activation, kernels: KernelSet
    ) -> Place {
        var description = filter.descriptor(expand, from: source, to: target, kernels: kernels)
        let strips = Int(nn_depthwise_strips(&description, Int32(threads)))
        let stride = (nn_depthwise_scratch(&description) + 63) / 64 * 64
        let lanes = target.layout.lanes
        let sums = buffer(floats: strips * lanes)
        let scratch = buffer(bytes: threads * stride + nn_depthwise_shared_scratch(&description))
        append(
            .depthwise(
                description, expand: expand, filter: filter, input: source.place, output: target.place, sums: sums,
                scratch: scratch, stride: stride),
            uses: [source.place, target.place, sums, scratch])
        let mean = buffer(floats: lanes)
        let hidden = buffer(floats: squeeze.squeezed)
        let factors = buffer(floats: lanes)
        append(
            .squeeze(
                squeeze, area: target.extent.positions, strips: strips, sums: sums, mean: mean, hidden: hidden,
                factors: factors),
            uses: [sums, mean, hidden, factors])
        return factors
    }

    /// - Returns: the planar result, `[C][D][H][W]`.
    mutating func outputTransition(_ layer: OutputTransitionLayer, from source: Activation) -> Place {
        var description = layer.descriptor(from: source)
        let scratch = buffer(bytes: nn_output_transition_scratch(&description, Int32(threads)))
        let result = buffer(floats: layer.channels * source.extent.positions)
        append(
            .outputTransition(description, layer: layer, input: source.place, output: result, scratch: scratch),
            uses: [source.place, result, scratch])
        return result
    }

    mutating func zeroBorders(_ activation: Activation) {
        append(.zeroBorders(activation), uses: [activation.place])
    }

    private mutating func append(_ step: ExecutionPlan.Step, uses places: [Place]) {
        for place in places { arena.use(place.buffer, at: steps.count) }
        steps.append(step)
        layers.append(layer)
    }

    /// The finished plan; `outputs` stay valid after its last step.
    func plan(outputs: [Place]) -> ExecutionPlan {
        var arena = arena
        for place in outputs { arena.use(place.buffer, at: steps.count) }
        let (offsets, floats) = arena.place()
        return ExecutionPlan(
            steps: steps, layers: layers, offsets: offsets, arenaBytes: floats * MemoryLayout<Float>.size)
    }
}

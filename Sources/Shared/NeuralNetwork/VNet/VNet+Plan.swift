import CKernels

extension VNetLayers {
    /// Zero columns beside every row: what a 5×5×5 kernel reaches over the edge.
    private static let border = 2

    /// The steps from the input volume to the output map.
    func plan(_ c: VNetConfiguration, extent: Extent, threads: Int) -> (plan: ExecutionPlan, output: Activation) {
        var builder = PlanBuilder(threads: threads)
        let skips = skipActivations(extent, &builder)
        let volume = builder.importInput(
            channels: c.inChannels, extent: extent, borderLeft: Self.border, borderRight: Self.border)
        var x = skips[0].part(1)
        builder.zeroBorders(x)
        builder.convolution(input, from: volume, to: x, first: NN_ACTIVATION_ELU)
        for (level, transition) in down.enumerated() {
            // The last level has no skip: its result is an activation of its own.
            let result =
                level + 1 < skips.count
                ? skips[level + 1].part(1)
                : builder.activation(transition.convolution.output, x.extent.halved, border: Self.border)
            x = append(transition, from: x, to: result, &builder)
        }
        for (transition, skip) in zip(up, skips.reversed()) { x = append(transition, from: x, skip: skip, &builder) }
        let map = builder.activation(output.output, extent)
        builder.convolution(output, from: x, to: map, first: NN_ACTIVATION_ELU)
        let result = builder.activation(outputPointwise.output, extent)
        builder.convolution(outputPointwise, from: map.flattened, to: result.flattened)
        return (builder.plan(outputs: [result.place]), result)
    }

    /// The concatenated activations of the four upper levels: part 0 comes from below, part 1 is written by the way down.
    private func skipActivations(_ extent: Extent, _ builder: inout PlanBuilder) -> [Activation] {
        var extent = extent
        return up.reversed().map { transition in
            defer { extent = extent.halved }
            return builder.activation(transition.operations[0].input, extent, border: Self.border)
        }
    }

    private func append(
        _ transition: Down, from source: Activation, to result: Activation, _ builder: inout PlanBuilder
    ) -> Activation {
        let halved = builder.activation(transition.convolution.output, result.extent, border: Self.border)
        builder.zeroBorders(halved)
        builder.convolution(transition.convolution, from: source, to: halved, first: NN_ACTIVATION_ELU)
        append(transition.operations, from: halved, to: result, &builder)
        return result
    }

    private func append(
        _ transition: Up, from source: Activation, skip: Activation, _ builder: inout PlanBuilder
    ) -> Activation {
        let raised = skip.part(0)
        builder.zeroBorders(raised)
        builder.upsampling(transition.taps, from: source, to: raised, first: NN_ACTIVATION_ELU)
        let result = builder.activation(skip.layout, skip.extent, border: Self.border)
        append(transition.operations, from: skip, to: result, &builder)
        return result
    }

    /// Convolutions one after the other, then `act(result + source)`.
    private func append(
        _ operations: [ConvolutionLayer], from source: Activation, to result: Activation, _ builder: inout PlanBuilder
    ) {
        var x = source
        for (index, layer) in operations.enumerated() {
            let isLast = index == operations.count - 1
            let target = isLast ? result : builder.activation(layer.output, source.extent, border: Self.border)
            builder.zeroBorders(target)
            builder.convolution(
                layer, from: x, to: target, first: NN_ACTIVATION_ELU, residual: isLast ? source : nil,
                second: NN_ACTIVATION_ELU)
            x = target
        }
    }
}

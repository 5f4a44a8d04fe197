import CKernels

extension VNetLayers {
    /// Bytes that the packed weights of the 5×5×5 convolutions may take.
    private static let weightBudget = 450 << 20

    /// The steps from the input volume to the output map, planar in `output`; packs the weights that no other plan has
    /// packed.
    ///
    /// - Throws: when the source of the weights fails.
    func plan(
        _ c: VNetConfiguration, extent: Extent, workers: Workers
    ) throws(NeuralNetworkError) -> (plan: ExecutionPlan, output: Place) {
        var builder = VNetPlanBuilder(packed: try packed(for: extent, workers), threads: workers.threads)
        return builder.plan(self, inputs: c.inChannels, extent: extent)
    }

    /// The weights of every 5×5×5 convolution in the form that suits its map.
    private func packed(
        for extent: Extent, _ workers: Workers
    ) throws(NeuralNetworkError) -> [ObjectIdentifier: VolumeLayer.Packed] {
        var extents = [extent]
        for _ in down { extents.append(extents[extents.count - 1].halved) }
        var layers: [(VolumeLayer, Extent)] = []
        for (level, transition) in down.enumerated() {
            layers += transition.operations.map { ($0, extents[level + 1]) }
        }
        for (level, transition) in up.reversed().enumerated() {
            layers += transition.operations.map { ($0, extents[level]) }
        }
        let forms = VolumeFormCost.choose(layers.map { $0.costs(on: $1) }, budget: Self.weightBudget)
        var packed: [ObjectIdentifier: VolumeLayer.Packed] = [:]
        for ((layer, _), form) in zip(layers, forms) {
            packed[ObjectIdentifier(layer)] = try layer.packed(form, workers: workers)
        }
        return packed
    }
}

/// Lists the steps of a V-Net for one extent.
private struct VNetPlanBuilder {
    private let packed: [ObjectIdentifier: VolumeLayer.Packed]
    private var builder: PlanBuilder
    /// Zero columns beside every row: what a 5×5×5 kernel reaches over the edge.
    private static let border = 2

    init(packed: [ObjectIdentifier: VolumeLayer.Packed], threads: Int) {
        self.packed = packed
        builder = PlanBuilder(threads: threads)
    }

    mutating func plan(
        _ layers: VNetLayers, inputs: Int, extent: Extent
    ) -> (plan: ExecutionPlan, output: Place) {
        let skips = skipActivations(layers, extent)
        let volume = builder.importInput(
            channels: inputs, extent: extent, borderLeft: Self.border, borderRight: Self.border)
        var x = skips[0].part(1)
        builder.layer = "in_tr"
        builder.zeroBorders(x)
        builder.convolution(layers.input, from: volume, to: x, first: NN_ACTIVATION_ELU)
        for (level, transition) in layers.down.enumerated() {
            // The last level has no skip: its result is an activation of its own.
            let result =
                level + 1 < skips.count
                ? skips[level + 1].part(1)
                : builder.activation(transition.convolution.output, x.extent.halved, border: Self.border)
            append(transition, from: x, to: result)
            x = result
        }
        for (transition, skip) in zip(layers.up, skips.reversed()) { x = append(transition, from: x, skip: skip) }
        builder.layer = "out_tr"
        let result = builder.outputTransition(layers.output, from: x)
        return (builder.plan(outputs: [result]), result)
    }

    /// The concatenated activations of the four upper levels: part 0 comes from below, part 1 is written by the way down.
    private mutating func skipActivations(_ layers: VNetLayers, _ extent: Extent) -> [Activation] {
        var extent = extent
        return layers.up.reversed().map { transition in
            defer { extent = extent.halved }
            return builder.activation(transition.operations[0].input, extent, border: Self.border)
        }
    }

    private mutating func append(_ transition: VNetLayers.Down, from source: Activation, to result: Activation) {
        builder.layer = transition.name
        let halved = builder.activation(transition.convolution.output, result.extent, border: Self.border)
        builder.zeroBorders(halved)
        builder.convolution(transition.convolution, from: source, to: halved, first: NN_ACTIVATION_ELU)
        append(transition.operations, from: halved, to: result)
    }

    private mutating func append(_ transition: VNetLayers.Up, from source: Activation, skip: Activation) -> Activation {
        builder.layer = transition.name
        let raised = skip.part(0)
        builder.zeroBorders(raised)
        builder.upsampling(transition.taps, from: source, to: raised, first: NN_ACTIVATION_ELU)
        let result = builder.activation(skip.layout, skip.extent, border: Self.border)
        append(transition.operations, from: skip, to: result)
        return result
    }

    /// Convolutions one after the other, then `act(result + source)`.
    private mutating func append(_ operations: [VolumeLayer], from source: Activation, to result: Activation) {
        var x = source
        for (index, layer) in operations.enumerated() {
            let isLast = index == operations.count - 1
            let target = isLast ? result : builder.activation(layer.output, source.extent, border: Self.border)
            builder.zeroBorders(target)
            append(layer, from: x, to: target, residual: isLast ? source : nil)
            x = target
        }
    }

    private mutating func append(
        _ layer: VolumeLayer, from source: Activation, to target: Activation, residual: Activation? = nil
    ) {
        guard let packed = packed[ObjectIdentifier(layer)] else {
            preconditionFailure("a form was chosen for every layer")
        }
        builder.convolution(
            packed, from: source, to: target, first: NN_ACTIVATION_ELU, residual: residual, second: NN_ACTIVATION_ELU)
    }
}

import NeuralNetwork
import Testing

/// Whole networks against MONAI's in double precision, weights by formula.
@Suite(.serialized) struct `Networks agree with MONAI` {
    /// Issue of float32 sums in another order; a wrong padding or a missing layer is off by whole deviations.
    static let tolerance = 1e-4
    /// One of B4's logits is 0.16, so that its logits are right to 1e-5.
    static let logitTolerance = 5e-5
    /// Of the largest of 60,000 features. Products in pairs lose digits where activations are larger than the batch norms
    /// promise, as with these weights, whose variances are drawn apart from what the layers do.
    static let featureTolerance = 5e-4

    static let efficientNets = ["b0 at 224", "b0 of three channels at 96", "b2 at 260", "b4 at 380"]
    static let vNets = ["64³", "48×64×32", "width 4 at 48³", "width 6, two channels, at 16×32×48"]

    @Test(arguments: efficientNets)
    func `EfficientNet's logits and features are MONAI's`(name: String) throws {
        let reference = try #require(try Reference.shared.get().efficientnet[name])
        let (network, input) = try Self.make(reference, pool: ComputePool(threads: 2))
        let output = try network.run(input, batch: reference.batch)
        #expect(output.featureShape == reference.features.shape)
        let errors = (reference.logits.maxError(of: output.logits), reference.features.maxError(of: output.features))
        print("parity EfficientNet \(name): logits \(errors.0), features \(errors.1) standard deviations")
        #expect(errors.0 < Self.logitTolerance)
        #expect(errors.1 < Self.featureTolerance)
    }

    @Test(arguments: vNets)
    func `V-Net's maps are MONAI's`(name: String) throws {
        let reference = try #require(try Reference.shared.get().vnet[name])
        let (network, input) = try Self.make(reference, pool: ComputePool(threads: 2))
        let e = reference.extent
        let output = try network.run(input, shape: (e[0], e[1], e[2]), batch: reference.batch)
        let error = reference.output.maxError(of: output)
        print("parity V-Net \(name): \(error) standard deviations")
        #expect(error < Self.tolerance)
    }

    @Test(arguments: KernelTier.available.filter { $0 != .scalar })
    func `every tier of this CPU gives the same networks`(tier: KernelTier) throws {
        let references = try Reference.shared.get()
        let pool = try ComputePool(threads: 2, tier: tier)
        let image = try #require(references.efficientnet["b0 of three channels at 96"])
        let (classifier, pixels) = try Self.make(image, pool: pool)
        #expect(image.logits.maxError(of: try classifier.run(pixels).logits) < Self.logitTolerance)
        let volume = try #require(references.vnet["width 6, two channels, at 16×32×48"])
        let (planner, voxels) = try Self.make(volume, pool: pool)
        #expect(
            volume.output.maxError(of: try planner.run(voxels, shape: (16, 32, 48), batch: 2)) < Self.tolerance)
    }

    @Test func `a batch gives what its images give alone, with any number of threads`() throws {
        let reference = try #require(try Reference.shared.get().efficientnet["b0 at 224"])
        let (network, input) = try Self.make(reference, pool: ComputePool(threads: 2))
        let (single, _) = try Self.make(reference, pool: ComputePool(threads: 1))
        let batch = try network.run(input, batch: reference.batch)
        let pixels = input.count / reference.batch
        for image in 0..<reference.batch {
            let alone = try single.run(Array(input[image * pixels..<(image + 1) * pixels]))
            let logits = Array(batch.logits[image * 9..<(image + 1) * 9])
            for (a, b) in zip(alone.logits, logits) { #expect(abs(a - b) <= 1e-4 * Float(reference.logits.std)) }
        }
    }

    /// bfloat16 has 8 significant bits, which random weights amplify more in a narrow network; a mistake is off by whole
    /// deviations. A fiftieth of one is 3e-3 of B4's logits.
    @Test(arguments: [("b0 at 224", 0.1), ("b4 at 380", 0.02)])
    func `bfloat16 comes near MONAI's logits, and is refused where the CPU has none`(
        name: String, tolerance: Double
    ) throws {
        let reference = try #require(try Reference.shared.get().efficientnet[name])
        let pool = try ComputePool(threads: 2)
        guard pool.tier.bf16 != nil else {
            #expect(throws: NeuralNetworkError.precisionUnavailable(name: "bfloat16")) {
                try Self.make(reference, pool: pool, precision: .bfloat16)
            }
            return
        }
        let (network, input) = try Self.make(reference, pool: pool, precision: .bfloat16)
        let output = try network.run(input, batch: reference.batch)
        let error = reference.logits.maxError(of: output.logits)
        print("parity EfficientNet \(name) in bfloat16: logits \(error) standard deviations")
        #expect(error < tolerance && error > 1e-5)
    }

    @Test func `images that wait together give what they give alone`() async throws {
        let reference = try #require(try Reference.shared.get().efficientnet["b0 of three channels at 96"])
        let (network, input) = try Self.make(reference, pool: ComputePool(threads: 3))
        let alone = try network.run(Array(input.prefix(input.count / reference.batch)))
        let image = Array(input.prefix(input.count / reference.batch))
        let batch = try network.run([[Float]](repeating: image, count: 7).flatMap { $0 }, batch: 7)
        for start in stride(from: 0, to: batch.logits.count, by: alone.logits.count) {
            for (a, b) in zip(batch.logits[start...], alone.logits) { #expect(abs(a - b) < 1e-5) }
        }
        let logits = try await withThrowingTaskGroup(of: [Float].self) { group in
            for _ in 0..<12 { group.addTask { try network.run(image).logits } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for answer in logits {
            for (a, b) in zip(answer, alone.logits) { #expect(abs(a - b) < 1e-5) }
        }
    }

    @Test func `an image that nobody wants any more is not computed`() throws {
        let reference = try #require(try Reference.shared.get().efficientnet["b0 of three channels at 96"])
        let (network, input) = try Self.make(reference, pool: ComputePool(threads: 2))
        let image = Array(input.prefix(input.count / reference.batch))
        let unwanted = try network.run(image) { false }
        #expect(unwanted == nil)
        let wanted = try network.run(image) { true }
        let alone = try network.run(image)
        #expect(wanted == alone)
    }

    static func make(
        _ reference: Reference.EfficientNetCase, pool: ComputePool, precision: Precision = .float32
    ) throws -> (EfficientNet, [Float]) {
        let variant = try #require(EfficientNetConfiguration.Variant(rawValue: reference.variant))
        let configuration = try EfficientNetConfiguration(
            variant: variant, inChannels: reference.in_channels, numClasses: reference.num_classes,
            inputSize: reference.size)
        let shape = [reference.batch, reference.in_channels, reference.size, reference.size]
        return (
            try EfficientNet(configuration, weights: FormulaWeights(), pool: pool, precision: precision),
            FormulaWeights.patches(shape, size: 16)
        )
    }

    static func make(_ reference: Reference.VNetCase, pool: ComputePool) throws -> (VNet, [Float]) {
        let configuration = try VNetConfiguration(
            inChannels: reference.in_channels, outChannels: reference.out_channels, width: reference.width)
        return (
            try VNet(configuration, weights: FormulaWeights(), pool: pool),
            FormulaWeights.patches([reference.batch, reference.in_channels] + reference.extent, size: 4)
        )
    }
}

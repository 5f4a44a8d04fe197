import NeuralNetwork
import Testing

@Suite struct `Networks refuse what they cannot run` {
    private let pool: ComputePool

    init() throws { pool = try ComputePool(threads: 1) }

    /// All weights but one.
    private struct Without: TensorSource {
        let name: String
        func tensor(named name: String, shape: [Int]) throws(NeuralNetworkError) -> [Float] {
            if name == self.name { throw .tensorMissing(name: name) }
            return try FormulaWeights().tensor(named: name, shape: shape)
        }
    }

    @Test(arguments: ["_conv_stem.weight", "_blocks.2.4._se_expand.bias", "_bn1.running_var", "_fc.bias"])
    func `an EfficientNet without a tensor names it`(name: String) throws {
        let c = try EfficientNetConfiguration(variant: .b0, numClasses: 2)
        #expect(throws: NeuralNetworkError.tensorMissing(name: name)) {
            try EfficientNet(c, weights: Without(name: name), pool: pool)
        }
    }

    @Test func `every block of B0 to B7 has MONAI's number and name`() throws {
        // Sum of repeats after scaling, and the last block's name, from MONAI 1.6.1.
        let expected: [(EfficientNetConfiguration.Variant, Int, String)] = [
            (.b0, 16, "_blocks.6.15"), (.b1, 23, "_blocks.6.22"), (.b2, 23, "_blocks.6.22"),
            (.b3, 26, "_blocks.6.25"), (.b4, 32, "_blocks.6.31"), (.b5, 39, "_blocks.6.38"),
            (.b6, 45, "_blocks.6.44"), (.b7, 55, "_blocks.6.54"),
        ]
        for (variant, count, last) in expected {
            let weights = NameRecorder()
            let c = try EfficientNetConfiguration(variant: variant, numClasses: 1)
            _ = try EfficientNet(c, weights: weights, pool: pool)
            let blocks = Set(weights.names.filter { $0.hasPrefix("_blocks.") }.map { $0.split(separator: "._")[0] })
            #expect(blocks.count == count)
            #expect(weights.names.contains(last + "._project_conv.weight"))
        }
    }

    /// Zeros for everything, and the names asked for.
    private final class NameRecorder: TensorSource, @unchecked Sendable {  // used by one thread
        private(set) var names: Set<String> = []
        func tensor(named name: String, shape: [Int]) throws(NeuralNetworkError) -> [Float] {
            names.insert(name)
            return [Float](repeating: 0, count: shape.reduce(1, *))
        }
    }

    @Test func `an input of another size is refused`() throws {
        let network = try EfficientNet(
            EfficientNetConfiguration(variant: .b0, numClasses: 2, inputSize: 64), weights: FormulaWeights(), pool: pool
        )
        #expect(throws: NeuralNetworkError.inputCountWrong(expected: 4096, found: 4095)) {
            try network.run([Float](repeating: 0, count: 4095))
        }
        #expect(throws: NeuralNetworkError.inputCountWrong(expected: 0, found: 0)) { try network.run([], batch: 0) }
        #expect(throws: NeuralNetworkError.inputCountWrong(expected: .max, found: 0)) {
            try network.run([], batch: .max)
        }
    }

    @Test func `a volume whose axes cannot be halved four times is refused`() throws {
        let network = try VNet(VNetConfiguration(outChannels: 1, width: 2), weights: FormulaWeights(), pool: pool)
        #expect(throws: NeuralNetworkError.inputExtentNotDivisible(axis: "H", extent: 40, by: 16)) {
            try network.run([], shape: (32, 40, 32))
        }
        #expect(throws: NeuralNetworkError.inputExtentNotDivisible(axis: "D", extent: 0, by: 16)) {
            try network.run([], shape: (0, 16, 16))
        }
        #expect(throws: NeuralNetworkError.inputTooLarge(elements: 1 << 35, limit: 1 << 30)) {
            try network.run([], shape: (1024, 1024, 1024))
        }
        #expect(throws: NeuralNetworkError.inputCountWrong(expected: 4096, found: 1)) {
            try network.run([0], shape: (16, 16, 16))
        }
    }

    @Test func `a configuration outside its limits names the field`() {
        #expect(
            throws: NeuralNetworkError.configurationInvalid(field: "num_classes", found: "0", allowed: "1...100000")
        ) {
            try EfficientNetConfiguration(variant: .b0, numClasses: 0)
        }
        #expect(
            throws: NeuralNetworkError.configurationInvalid(
                field: "in_channels", found: "3", allowed: "a divisor of 16")
        ) {
            try VNetConfiguration(inChannels: 3, outChannels: 1)
        }
    }

    @Test func `activations share one arena that is planned from their lifetimes`() throws {
        let network = try VNet(VNetConfiguration(outChannels: 3), weights: FormulaWeights(), pool: pool)
        // The two concatenations of full resolution alone are 67 MB; every activation on its own would be 400 MB.
        let bytes = try network.arenaBytes(shape: (64, 64, 64))
        #expect((67_000_000..<80 << 20).contains(bytes))
    }
}

import CKernels
import NeuralNetwork
import Testing

/// Whole convolutions over a pool against a direct sum in double precision.
@Suite struct `Convolutions are exact on any shape` {
    struct Shape: CustomTestStringConvertible {
        var inputs = 5, outputs = 7, kernel = 3, stride = 1, depth = 1, height = 6, width = 9
        var kernelZ: Int { depth == 1 ? 1 : kernel }
        var testDescription: String { "\(inputs)→\(outputs) k\(kernel) s\(stride) on \(depth)×\(height)×\(width)" }
    }

    static let shapes = [
        Shape(), Shape(inputs: 16, outputs: 16), Shape(inputs: 17, outputs: 33), Shape(inputs: 3, outputs: 48),
        Shape(inputs: 20, outputs: 80, kernel: 1),
        Shape(inputs: 8, outputs: 8, kernel: 5, depth: 4, height: 5, width: 3),
        Shape(inputs: 4, outputs: 20, kernel: 2, stride: 2, depth: 4, height: 6, width: 30),
        Shape(inputs: 1, outputs: 1, kernel: 5, height: 1, width: 1),
        Shape(inputs: 16, outputs: 112, kernel: 3, height: 2, width: 45),
    ]

    @Test(arguments: KernelTier.available, shapes)
    func `blocked input`(tier: KernelTier, shape: Shape) throws {
        try Self.check(shape, tier: tier, isPlanar: false)
    }

    @Test(arguments: KernelTier.available, shapes)
    func `planar input`(tier: KernelTier, shape: Shape) throws {
        try Self.check(shape, tier: tier, isPlanar: true)
    }

    private static func check(_ s: Shape, tier: KernelTier, isPlanar: Bool) throws {
        var random = SeededGenerator(state: UInt64(s.inputs * 1000 + s.outputs))
        let pad = s.stride == 1 ? s.kernel / 2 : 0
        let padZ = s.stride == 1 ? s.kernelZ / 2 : 0
        let taps = s.kernelZ * s.kernel * s.kernel
        let x = random.floats(s.inputs * s.depth * s.height * s.width)
        let w = random.floats(s.outputs * s.inputs * taps)
        let bias = random.floats(s.outputs)
        let out = [s.depth, s.height, s.width].enumerated().map { axis, extent in
            (extent + 2 * (axis == 0 ? padZ : pad) - (axis == 0 ? s.kernelZ : s.kernel)) / s.stride + 1
        }

        // Pack the input with its border, the weights and the bias.
        let kernels = try #require(tier.kernels)
        let lanes = isPlanar ? 1 : 16
        let inBlocks = isPlanar ? s.inputs : (s.inputs + 15) / 16
        let outBlocks = (s.outputs + 15) / 16
        let row = (s.width + 2 * pad) * lanes
        // Lanes beyond the channels hold NaN: nothing may read them.
        var packedInput = [Float](repeating: .nan, count: inBlocks * s.depth * s.height * row)
        for c in 0..<inBlocks * lanes {
            for line in 0..<s.depth * s.height {
                for column in -pad..<s.width + pad where c < s.inputs {
                    let at = ((c / lanes * s.depth * s.height + line) * (s.width + 2 * pad) + column + pad) * lanes
                    let inside = column >= 0 && column < s.width
                    packedInput[at + c % lanes] =
                        inside ? x[(c * s.depth * s.height + line) * s.width + column] : 0
                }
            }
        }
        let input = AlignedFloats(packedInput)
        let tileBlocks = nn_tile_blocks(kernels, Int32(outBlocks))
        let packed = AlignedFloats(
            undefined: Int(nn_packed_count(Int32(inBlocks), Int32(lanes), Int32(taps), Int32(outBlocks))))
        nn_pack_convolution(
            Int32(inBlocks), Int32(lanes), Int32(taps), Int32(outBlocks), tileBlocks,
            (0..<outBlocks * 16).map { $0 < s.outputs ? Int32($0) : -1 },
            (0..<inBlocks * lanes).map { $0 < s.inputs ? Int32($0) : -1 }, w, Int64(s.inputs * taps), Int64(taps), 1,
            [Float](repeating: 1, count: s.outputs), packed.pointer)
        #expect(packed.guardIsIntact)
        let paddedBias = AlignedFloats(bias + [Float](repeating: 0, count: outBlocks * 16 - s.outputs))
        let used = (0..<inBlocks).map { Int32(min(lanes, s.inputs - $0 * lanes)) }

        // Run.
        let output = AlignedFloats(undefined: outBlocks * 16 * out[0] * out[1] * out[2])
        try used.withUnsafeBufferPointer { used in
            var c = nn_convolution(
                in_blocks: Int32(inBlocks), in_lanes: Int32(lanes), in_used: try #require(used.baseAddress),
                in_block: Int64(s.depth * s.height * row), in_plane: Int64(s.height * row), in_row: Int64(row),
                in_column: Int32(lanes), in_depth: Int32(s.depth), in_height: Int32(s.height),
                kernel_z: Int32(s.kernelZ), kernel_y: Int32(s.kernel), kernel_x: Int32(s.kernel),
                stride: Int32(s.stride), padding_z: Int32(padZ), padding_y: Int32(pad), padding_x: Int32(pad),
                out_blocks: Int32(outBlocks), out_depth: Int32(out[0]), out_height: Int32(out[1]),
                out_width: Int32(out[2]), out_block: Int64(out[0] * out[1] * out[2] * 16),
                out_plane: Int64(out[1] * out[2] * 16), out_row: Int64(out[2] * 16), out_column: 16,
                tile_blocks: tileBlocks, weights: packed.pointer, bias: paddedBias.pointer,
                first: NN_ACTIVATION_NONE, second: NN_ACTIVATION_NONE)
            let pool = try #require(nn_pool_create(3))
            defer { nn_pool_destroy(pool) }
            let stride = (nn_convolution_scratch(&c, false) + 63) / 64 * 64
            let scratch = UnsafeMutableRawPointer.allocate(byteCount: stride * 3, alignment: 64)
            defer { scratch.deallocate() }
            nn_convolution_run(
                kernels, pool, &c, input.pointer + pad * lanes, output.pointer, nil, nil, scratch, stride)
        }
        #expect(output.guardIsIntact)

        // Compare with the definition.
        let found = output.values
        var worst = 0.0
        for o in 0..<outBlocks * 16 {
            for z in 0..<out[0] {
                for y in 0..<out[1] {
                    for column in 0..<out[2] {
                        var sum = o < s.outputs ? Double(bias[o]) : 0
                        for i in 0..<s.inputs where o < s.outputs {
                            for tap in 0..<taps {
                                let iz = z * s.stride + tap / (s.kernel * s.kernel) - padZ
                                let iy = y * s.stride + tap / s.kernel % s.kernel - pad
                                let ix = column * s.stride + tap % s.kernel - pad
                                guard (0..<s.depth).contains(iz), (0..<s.height).contains(iy),
                                    (0..<s.width).contains(ix)
                                else { continue }
                                sum +=
                                    Double(x[((i * s.depth + iz) * s.height + iy) * s.width + ix])
                                    * Double(w[(o * s.inputs + i) * taps + tap])
                            }
                        }
                        let at = (((o / 16 * out[0] + z) * out[1] + y) * out[2] + column) * 16 + o % 16
                        let error = abs(Double(found[at]) - sum)
                        worst = error.isNaN ? .infinity : max(worst, error)
                    }
                }
            }
        }
        #expect(worst < 2e-5)
    }
}

import CKernels

/// The type in which a network multiplies. Sums are float32 in either.
package enum Precision: String, CaseIterable, Sendable {
    /// 24 significant bits.
    case float32
    /// 8 significant bits, for CPUs with instructions for it: half the time, a thousandth of an output's deviation.
    case bfloat16
}

/// The kernels of one tier for one precision.
struct KernelSet: @unchecked Sendable {  // tables are constants
    let f32: UnsafePointer<nn_kernels>
    /// Nil where products are float32.
    let bf16: UnsafePointer<nn_bf16_kernels>?

    /// The kernels for float32, which every tier has.
    init(float32 kernels: UnsafePointer<nn_kernels>) {
        f32 = kernels
        bf16 = nil
    }

    /// - Throws: `precisionUnavailable` where the tier has no instructions for it.
    init(_ f32: UnsafePointer<nn_kernels>, _ precision: Precision) throws(NeuralNetworkError) {
        self.f32 = f32
        switch precision {
        case .float32: bf16 = nil
        case .bfloat16:
            guard let bf16 = nn_bf16_kernels_for_tier(f32.pointee.tier) else {
                throw .precisionUnavailable(name: precision.rawValue)
            }
            self.bf16 = bf16
        }
    }

    /// How many pairs of input blocks a 1×1 convolution multiplies with `brgemm_paired`: none where it is not faster.
    func pairs(of input: ChannelLayout) -> Int32 {
        guard bf16 == nil, f32.pointee.brgemm_paired != nil, nn_adds_beside_products() else { return 0 }
        let full = input.usedLanes.prefix { $0 == NN_LANES }
        return Int32(full.count / 2)
    }

    /// The type of activations between layers.
    var type: nn_type { bf16 == nil ? NN_F32 : NN_BF16 }
}

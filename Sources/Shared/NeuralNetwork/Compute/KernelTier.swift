package import CKernels

/// A set of kernels for one level of CPU features. Every tier computes the same; the scalar one is the definition.
package enum KernelTier: String, CaseIterable, Comparable, Sendable {
    case scalar
    case portable
    case avx2
    case avx512

    /// The fastest tier of this CPU.
    package static let best: KernelTier = allCases.last { $0.code == nn_best_tier() } ?? .portable

    /// The tiers that this CPU can run, slowest first.
    package static let available: [KernelTier] = allCases.filter { $0.kernels != nil }

    package static func < (a: KernelTier, b: KernelTier) -> Bool { a.code.rawValue < b.code.rawValue }

    /// Its functions, or nil where this CPU lacks the instructions.
    package var kernels: UnsafePointer<nn_kernels>? { nn_kernels_for_tier(code) }

    /// Its bfloat16 functions, or nil where this CPU or the tier lacks them.
    package var bf16: UnsafePointer<nn_bf16_kernels>? { nn_bf16_kernels_for_tier(code) }

    private var code: nn_tier {
        switch self {
        case .scalar: NN_TIER_SCALAR
        case .portable: NN_TIER_PORTABLE
        case .avx2: NN_TIER_AVX2
        case .avx512: NN_TIER_AVX512
        }
    }
}

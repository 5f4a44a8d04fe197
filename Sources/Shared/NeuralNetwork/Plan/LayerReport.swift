/// One step of a network's plan, and what it costs.
package struct LayerReport: Equatable, Sendable {
    /// The layer by its name in the checkpoint.
    package let layer: String
    /// What the step does, for example `expand, filter 5×5/2`.
    package let operation: String
    /// Channels and positions, for example `160→960, 24×24`.
    package let shape: String
    /// Kernel and tile, for example `f32 brgemm 9×48`.
    package let kernel: String
    /// Multiply-adds that the kernels do; Winograd's forms need fewer than the sum over all taps.
    package let products: Double
    /// Median of the runs.
    package let seconds: Double

    /// Two operations a product; zero for steps that only move data.
    package var gigaflops: Double { seconds > 0 ? 2 * products / seconds / 1e9 : 0 }
}

/// How a network is computed on this CPU: `hilum model explain` prints it.
package struct PlanReport: Equatable, Sendable {
    package let layers: [LayerReport]
    package let tier: KernelTier
    package let precision: Precision
    package let threads: Int
    /// Bytes of activations and scratch memory.
    package let arenaBytes: Int
    /// Median of whole runs.
    package let seconds: Double
    /// GFLOP/s of fused multiply-adds in registers on all threads, measured just before.
    package let peakGigaflops: Double

    package func shareOfPeak(_ layer: LayerReport) -> Double {
        peakGigaflops > 0 ? layer.gigaflops / peakGigaflops : 0
    }
}

import CKernels

/// How a 5×5×5 convolution is computed.
enum VolumeForm: Hashable, Sendable {
    /// The sum over 125 taps.
    case direct
    /// Winograd's minimal filtering: tiles of so many outputs, 2 or 4, along each axis.
    case winograd(z: Int, y: Int, x: Int)

    static let all: [VolumeForm] =
        [.direct] + [2, 4].flatMap { z in [2, 4].flatMap { y in [2, 4].map { .winograd(z: z, y: y, x: $0) } } }
}

/// What a form costs in time and memory on one map, from shapes alone.
///
/// The unit of time is one product of 16 lanes. The factors were measured with AVX-512 on Zen 4; they only have to
/// order the forms, and other tiers slow down products and transforms alike.
struct VolumeFormCost: Sendable {
    let form: VolumeForm
    let time: Double
    /// Bytes of packed weights.
    let weightBytes: Int

    /// Time for 16 weights on their way from memory when both cores of a small machine fetch.
    private static let fetch = 12.0
    /// Time for one transformed vector: forward passes are bound by stores, inverse ones by loads.
    private static let forward = 2.2
    private static let inverse = 1.2

    init(_ form: VolumeForm, input: ChannelLayout, output: ChannelLayout, extent: Extent) {
        self.form = form
        let channels = Double(input.usedLanes.reduce(0, +))
        let outBlocks = Double(output.blocks)
        switch form {
        case .direct:
            let taps = Double(Self.taps(extent.depth) * Self.taps(extent.height) * 5 * extent.width)
            // Short rows do not fill the registers.
            let unfilled = 1 + 0.1 * Double(max(0, 8 - extent.width))
            weightBytes = 4 * 125 * input.lanes * output.lanes
            let touched = Double(min(5, extent.depth) * min(5, extent.height) * 5) * channels * outBlocks
            time = max(taps * channels * outBlocks * unfilled, touched * Self.fetch)
        case .winograd(let z, let y, let x):
            let tiles = Double(
                Self.tiles(extent.depth, of: z) * Self.tiles(extent.height, of: y) * Self.tiles(extent.width, of: x))
            let points = (z + 4) * (y + 4) * (x + 4)
            weightBytes = 4 * points * input.lanes * output.lanes
            let transformed = tiles * Double(points + (z + 4) * (y + 4) * x + (z + 4) * y * x)
            time =
                max(tiles * Double(points) * channels * outBlocks, Double(points) * channels * outBlocks * Self.fetch)
                + transformed * (Double(input.blocks) * Self.forward + outBlocks * Self.inverse)
        }
    }

    /// Taps inside a map, summed over its positions along one axis.
    private static func taps(_ extent: Int) -> Int {
        (0..<extent).reduce(0) { $0 + min(extent, $1 + 3) - max(0, $1 - 2) }
    }

    private static func tiles(_ extent: Int, of outputs: Int) -> Int { (extent + outputs - 1) / outputs }

    /// The fastest form for each layer whose weights together keep within `budget` bytes, or come nearest to it.
    ///
    /// Begins with the fastest form of every layer, then gives up time where that saves most bytes for it.
    static func choose(_ options: [[VolumeFormCost]], budget: Int) -> [VolumeForm] {
        var chosen = options.map { costs in costs.min { $0.time < $1.time } ?? costs[0] }
        while chosen.reduce(0, { $0 + $1.weightBytes }) > budget {
            var best: (layer: Int, cost: VolumeFormCost, loss: Double)?
            for (layer, costs) in options.enumerated() {
                for cost in costs where cost.weightBytes < chosen[layer].weightBytes {
                    let saved = Double(chosen[layer].weightBytes - cost.weightBytes)
                    let loss = (cost.time - chosen[layer].time) / saved
                    if loss < best?.loss ?? .infinity { best = (layer, cost, loss) }
                }
            }
            guard let best else { break }
            chosen[best.layer] = best.cost
        }
        return chosen.map(\.form)
    }
}

import CKernels

/// How the channels of an activation lie in blocks of 16 lanes.
///
/// A layout has one part, or several where activations are concatenated: every part starts at a block of its own and
/// is padded with zero lanes to whole blocks, so that a concatenation is a matter of addresses and copies nothing.
struct ChannelLayout: Equatable, Sendable {
    let parts: [Int]

    init(_ parts: Int...) { self.parts = parts }

    var channels: Int { parts.reduce(0, +) }
    var blocks: Int { parts.reduce(0) { $0 + Self.blocks(of: $1) } }
    var lanes: Int { blocks * Int(NN_LANES) }

    /// The channel in each lane, -1 in padding.
    var channelOfLane: [Int32] {
        var next: Int32 = 0
        return parts.flatMap { part in
            let lanes = (0..<Self.blocks(of: part) * Int(NN_LANES)).map { $0 < part ? next + Int32($0) : -1 }
            next += Int32(part)
            return lanes
        }
    }

    /// How many lanes of each block hold channels.
    var usedLanes: [Int32] {
        parts.flatMap { part in
            (0..<Self.blocks(of: part)).map { Int32(min(Int(NN_LANES), part - $0 * Int(NN_LANES))) }
        }
    }

    /// One value a channel spread over the lanes, 0 in padding.
    func lanes(of values: [Float]) -> [Float] {
        channelOfLane.map { $0 < 0 ? 0 : values[Int($0)] }
    }

    static func blocks(of channels: Int) -> Int { (channels + Int(NN_LANES) - 1) / Int(NN_LANES) }
}

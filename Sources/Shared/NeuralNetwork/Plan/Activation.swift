import CKernels

/// A place in the arena of a plan: a buffer and an offset in it, in floats.
struct Place: Sendable {
    let buffer: Int
    var offset = 0

    func advanced(by floats: Int) -> Place { Place(buffer: buffer, offset: offset + floats) }
}

/// Depth, height and width of a map; images have depth 1.
struct Extent: Hashable, Sendable {
    var depth = 1
    var height: Int
    var width: Int

    var positions: Int { depth * height * width }
    var halved: Extent { Extent(depth: depth / 2, height: height / 2, width: width / 2) }
}

/// An activation in the arena, `[C/16][D][H][border + W + border][16]`; `place` is its first element inside the border.
struct Activation: Sendable {
    let place: Place
    let layout: ChannelLayout
    let extent: Extent
    /// Zero columns on either side of every row.
    let border: Int
    var type = NN_F32

    var rowStride: Int { (extent.width + 2 * border) * Int(NN_LANES) }
    var planeStride: Int { rowStride * extent.height }
    var blockStride: Int { planeStride * extent.depth }

    /// What it takes in the arena, in floats.
    static func floats(layout: ChannelLayout, extent: Extent, border: Int, type: nn_type) -> Int {
        let elements = layout.lanes * extent.depth * extent.height * (extent.width + 2 * border)
        return type == NN_BF16 ? elements / 2 : elements
    }

    /// A part of a concatenation as an activation of its own.
    func part(_ index: Int) -> Activation {
        let before = layout.parts[..<index].reduce(0) { $0 + ChannelLayout.blocks(of: $1) }
        return Activation(
            place: place.advanced(by: before * blockStride), layout: ChannelLayout(layout.parts[index]),
            extent: extent, border: border)
    }

    /// The same memory as a single row, for 1×1 convolutions. Only without a border.
    var flattened: Activation {
        precondition(border == 0)
        return Activation(
            place: place, layout: layout, extent: Extent(height: 1, width: extent.positions), border: 0, type: type)
    }
}

/// Planar channels in the arena, `[C][D][H][row]` with zeros around every row: what a network's first layer reads.
struct PlanarInput: Sendable {
    let place: Place  // of the first element inside the border
    let channels: Int
    let extent: Extent
    let borderLeft: Int
    let rowStride: Int

    var planeStride: Int { rowStride * extent.height }
    var channelStride: Int { planeStride * extent.depth }
}

import Foundation

/// One axis of a volume that is smoothed by a Gaussian and then interpolated linearly: which voxels have a part in a
/// sample, and how much.
struct SmoothedLine {
    private let count: Int
    private let radius: Int
    /// By distance from the centre.
    private let kernel: [Float]
    /// Sums of the weights that lie on the line, by the voxel in the centre: at the ends the kernel is cut and
    /// renormalised.
    private let sums: [Float]

    /// - Parameters:
    ///   - count: voxels on the line.
    ///   - spacing, targetSpacing: between them and between those wanted, mm; not smoothed unless the latter is larger.
    init(count: Int, spacing: Double, targetSpacing: Double) {
        let excess = targetSpacing * targetSpacing - spacing * spacing
        let sigma = excess > 1e-9 ? (excess / (8 * log(2))).squareRoot() / spacing : 0
        let radius = Int(min((3 * sigma).rounded(.up), Double(count - 1)))
        let kernel = radius > 0 ? (0...radius).map { Float(exp(-Double($0 * $0) / (2 * sigma * sigma))) } : [1]
        sums = (0..<count).map { center in
            (max(0, center - radius)...min(count - 1, center + radius))
                .reduce(Float(0)) { $0 + kernel[abs($1 - center)] }
        }
        self.kernel = kernel
        self.radius = radius
        self.count = count
    }

    /// Voxels that a sample can have a part of, at most.
    var longestReach: Int { min(count, 2 * radius + 2) }

    /// The weights of a sample at a coordinate inside the volume, from voxel `first` on.
    struct Weights {
        var first: Int
        var count: Int
    }

    /// - Parameters:
    ///   - coordinate: voxels.
    ///   - window: weights to be written at least, where the line has as many; those beyond the reach are 0.
    ///   - weights: has room for the larger of `window` and `longestReach`.
    func weights(at coordinate: Double, window: Int = 0, into weights: UnsafeMutablePointer<Float>) -> Weights {
        let clamped = min(max(coordinate, 0), Double(count - 1))
        let low = min(Int(clamped), max(count - 2, 0))
        let high = min(low + 1, count - 1)
        let share = Float(clamped - Double(low))
        var (first, end) = (max(0, low - radius), min(count, high + radius + 1))
        if end - first < window {
            first = max(0, min(first, count - window))
            end = min(count, first + window)
        }
        for index in 0..<(end - first) { weights[index] = 0 }
        add(1 - share, of: low, from: first, to: weights)
        add(share, of: high, from: first, to: weights)
        return Weights(first: first, count: end - first)
    }

    /// Adds a share of the smoothed value in voxel `center`.
    private func add(_ share: Float, of center: Int, from first: Int, to weights: UnsafeMutablePointer<Float>) {
        let factor = share / sums[center]
        for voxel in max(0, center - radius)...min(count - 1, center + radius) {
            weights[voxel - first] += factor * kernel[abs(voxel - center)]
        }
    }
}

/// A smoothed volume's values on another grid, without the smoothed volume: smoothing and interpolation are both sums
/// along the axes, so each value is one weighted sum over the box of voxels that it depends on.
///
/// A grid that needs smoothing is coarser than the volume, so the boxes are fewer than the voxels by as much as they
/// hold more.
struct SmoothedSampling {
    let volume: Volume
    let target: Grid
    /// Of columns, rows, slices.
    let lines: [SmoothedLine]

    /// Floats that a vector of the kernels holds.
    private static let lanes = 16

    func values() -> (values: [Float], inside: [Bool]) {
        let toVoxel = volume.affine.inverse.after(target.affine)
        let window = (lines[0].longestReach + Self.lanes - 1) / Self.lanes * Self.lanes
        let room = [max(window, lines[0].longestReach), lines[1].longestReach, lines[2].longestReach]
        let shared = sharedColumns(toVoxel)
        let across = AcrossRows(toVoxel)
        return volume.voxels.withUnsafeBufferPointer { voxels in
            target.filled { slice, rows, values, inside in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: room.reduce(0, +)) { weights in
                    guard let voxels = voxels.baseAddress, let wx = weights.baseAddress else { return }
                    var box = Box(voxels: voxels, wx: wx, wy: wx + room[0], wz: wx + room[0] + room[1])
                    for (number, row) in rows.enumerated() {
                        let start = toVoxel.point(Vector3D(0, Double(row), Double(slice)))
                        let (values, inside) = (values + number * target.columns, inside + number * target.columns)
                        let isShared = shared != nil && volume.grid.hasInsideAcrossRows(start)
                        let line = isShared ? line(at: start, across, &box) : []
                        for column in 0..<target.columns {
                            let voxel = start + toVoxel.columnStep * Double(column)
                            inside[column] = volume.grid.hasInside(voxel)
                            if !inside[column] {
                                values[column] = 0
                            } else if let shared {
                                values[column] = shared.value(in: column, on: line)
                            } else {
                                values[column] = value(at: voxel, window: window, &box)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Weights along the volume's columns of each of the target's, the same in all rows.
    private struct SharedColumns {
        var weights: [SmoothedLine.Weights] = []
        var values: [Float] = []
        let reach: Int

        func value(in column: Int, on line: [Float]) -> Float {
            let (from, at) = (weights[column].first, column * reach)
            return values.withUnsafeBufferPointer { values in
                line.withUnsafeBufferPointer { line in
                    var sum: Float = 0
                    for tap in 0..<weights[column].count { sum += values[at + tap] * line[from + tap] }
                    return sum
                }
            }
        }
    }

    /// Nil unless the target's rows run along the volume's, and its other axes across them.
    private func sharedColumns(_ toVoxel: Affine) -> SharedColumns? {
        let (columnStep, rowStep, sliceStep) = (toVoxel.columnStep, toVoxel.rowStep, toVoxel.sliceStep)
        guard columnStep.y == 0, columnStep.z == 0, rowStep.x == 0, sliceStep.x == 0 else { return nil }
        var shared = SharedColumns(reach: lines[0].longestReach)
        let start = toVoxel.point(.zero)
        for column in 0..<target.columns {
            let coordinate = start.x + toVoxel.columnStep.x * Double(column)
            shared.values += [Float](unsafeUninitializedCapacity: shared.reach) { weights, count in
                count = shared.reach
                weights.initialize(repeating: 0)
                guard let first = weights.baseAddress else { return }
                shared.weights.append(lines[0].weights(at: coordinate, into: first))
            }
        }
        return shared
    }

    /// Where the volume's voxels change from row to row of a target's slice, its rows running along the volume's.
    private enum AcrossRows {
        /// Along the volume's rows alone, along its slices alone, or along both.
        case rows, slices, both

        init(_ toVoxel: Affine) {
            self = toVoxel.rowStep.z == 0 ? .rows : toVoxel.rowStep.y == 0 ? .slices : .both
        }
    }

    /// Where the target's rows run along the volume's, all samples of one share their weights along the other axes: the
    /// row of voxels after those. Where all rows of the target's slice share those of one axis, too, the plane after
    /// them is made once.
    private func line(at voxel: Vector3D, _ across: AcrossRows, _ box: inout Box) -> [Float] {
        switch across {
        case .rows:
            if box.plane.isEmpty { box.plane = plane(ofSlicesAt: voxel.z, &box) }
            return line(of: box.plane, lines[1].weights(at: voxel.y, into: box.wy), box.wy)
        case .slices:
            if box.plane.isEmpty { box.plane = plane(ofRowsAt: voxel.y, &box) }
            return line(of: box.plane, lines[2].weights(at: voxel.z, into: box.wz), box.wz)
        case .both:
            return line(at: voxel, &box)
        }
    }

    /// The volume's slices, weighted: `[rows, columns]`.
    private func plane(ofSlicesAt coordinate: Double, _ box: inout Box) -> [Float] {
        let slices = lines[2].weights(at: coordinate, into: box.wz)
        let size = volume.rows * volume.columns
        return weighted((0..<slices.count).map { box.voxels + (slices.first + $0) * size }, box.wz, size)
    }

    /// The volume's rows, weighted: `[slices, columns]`.
    private func plane(ofRowsAt coordinate: Double, _ box: inout Box) -> [Float] {
        let rows = lines[1].weights(at: coordinate, into: box.wy)
        return (0..<volume.slices).flatMap { slice in
            let first = box.voxels + (slice * volume.rows + rows.first) * volume.columns
            return weighted((0..<rows.count).map { first + $0 * volume.columns }, box.wy, volume.columns)
        }
    }

    private func line(of plane: [Float], _ lines: SmoothedLine.Weights, _ weights: UnsafePointer<Float>) -> [Float] {
        plane.withUnsafeBufferPointer { plane in
            guard let first = plane.baseAddress.map({ $0 + lines.first * volume.columns }) else { return [] }
            return weighted((0..<lines.count).map { first + $0 * volume.columns }, weights, volume.columns)
        }
    }

    private func line(at voxel: Vector3D, _ box: inout Box) -> [Float] {
        let rows = lines[1].weights(at: voxel.y, into: box.wy)
        let slices = lines[2].weights(at: voxel.z, into: box.wz)
        var inputs: [UnsafePointer<Float>] = []
        var weights: [Float] = []
        for slice in 0..<slices.count {
            for row in 0..<rows.count {
                inputs.append(
                    box.voxels + ((slices.first + slice) * volume.rows + rows.first + row) * volume.columns)
                weights.append(box.wz[slice] * box.wy[row])
            }
        }
        return weighted(inputs, weights, volume.columns)
    }

    /// Σ weights[i] · inputs[i].
    private func weighted(
        _ inputs: [UnsafePointer<Float>], _ weights: UnsafePointer<Float>, _ length: Int
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: length) { sums, count in
            guard let sums = sums.baseAddress else { return }
            PixelKernels.weightedRows(inputs, weights, inputs.count, sums, length)
            count = length
        }
    }

    /// The weights of the sample before, which are often those of the next one on some axes.
    private struct Box {
        let voxels: UnsafePointer<Float>
        let wx: UnsafeMutablePointer<Float>
        let wy: UnsafeMutablePointer<Float>
        let wz: UnsafeMutablePointer<Float>
        var rows = SmoothedLine.Weights(first: 0, count: 0)
        var slices = SmoothedLine.Weights(first: 0, count: 0)
        var at = Vector3D(.nan, .nan, .nan)
        /// What all rows of the target's slice share, once it is made.
        var plane: [Float] = []
    }

    private func value(at voxel: Vector3D, window: Int, _ box: inout Box) -> Float {
        let columns = lines[0].weights(at: voxel.x, window: window, into: box.wx)
        if voxel.y != box.at.y { box.rows = lines[1].weights(at: voxel.y, into: box.wy) }
        if voxel.z != box.at.z { box.slices = lines[2].weights(at: voxel.z, into: box.wz) }
        box.at = voxel
        let (rowStride, sliceStride) = (volume.columns, volume.columns * volume.rows)
        return PixelKernels.weightedBox(
            box.voxels + box.slices.first * sliceStride + box.rows.first * rowStride + columns.first, rowStride,
            sliceStride, box.wx, columns.count, box.wy, box.rows.count, box.wz, box.slices.count)
    }
}

extension Grid {
    /// Whether a coordinate in voxels lies within the outer faces across rows and slices.
    fileprivate func hasInsideAcrossRows(_ voxel: Vector3D) -> Bool {
        Self.isInside(voxel.y, rows) && Self.isInside(voxel.z, slices)
    }

    fileprivate func hasInside(_ voxel: Vector3D) -> Bool {
        Self.isInside(voxel.x, columns) && hasInsideAcrossRows(voxel)
    }

    private static func isInside(_ coordinate: Double, _ count: Int) -> Bool {
        coordinate >= -Volume.reach && coordinate <= Double(count - 1) + Volume.reach
    }
}

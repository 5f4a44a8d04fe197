import Foundation

extension Volume {
    /// Trilinear value at a point in LPS mm; nil outside the volume's outer faces.
    ///
    /// Within the outermost half voxel the outermost value continues.
    package func sample(at point: Vector3D) -> Float? {
        TrilinearSampler(grid: grid).value(atVoxel: affine.inverse.point(point), in: voxels)
    }

    /// The volume's values at the voxel centres of another grid.
    ///
    /// - Returns: values (0 outside the volume) and which of them lie inside, both in the order of `Grid`.
    package func sampled(on target: Grid) -> (values: [Float], inside: [Bool]) {
        var values = [Float](repeating: 0, count: target.voxelCount)
        var inside = [Bool](repeating: false, count: target.voxelCount)
        let sampler = TrilinearSampler(grid: grid)
        let toVoxel = affine.inverse.after(target.affine)
        voxels.withUnsafeBufferPointer { source in
            var index = 0
            for slice in 0..<target.slices {
                for row in 0..<target.rows {
                    let start = toVoxel.point(Vector3D(0, Double(row), Double(slice)))
                    for column in 0..<target.columns {
                        let voxel = start + toVoxel.columnStep * Double(column)
                        if let value = sampler.value(atVoxel: voxel, in: source) {
                            values[index] = value
                            inside[index] = true
                        }
                        index += 1
                    }
                }
            }
        }
        return (values, inside)
    }

    /// The volume cut along a plane: rows × columns values, row-major, 0 outside the volume.
    package func sampled(on plane: ImagePlane) -> [Float] {
        sampled(
            on: Grid(
                columns: plane.columns, rows: plane.rows, slices: 1,
                affine: Affine(
                    columnStep: plane.row * plane.columnSpacing, rowStep: plane.column * plane.rowSpacing,
                    sliceStep: plane.normal, origin: plane.position))
        ).values
    }
}

/// Trilinear interpolation between voxel centres.
struct TrilinearSampler {
    let columns: Int
    let rows: Int
    let slices: Int

    /// Rounding that a point on the outer face may have, voxels.
    static let edgeTolerance = 1e-6

    init(grid: Grid) {
        columns = grid.columns
        rows = grid.rows
        slices = grid.slices
    }

    /// Index of the lower neighbour and the upper one's weight; nil outside the outer faces.
    @inline(__always)
    private func neighbours(_ coordinate: Double, _ count: Int) -> (low: Int, high: Int, weight: Float)? {
        let reach = 0.5 + Self.edgeTolerance
        guard coordinate >= -reach, coordinate <= Double(count) - 1 + reach else { return nil }
        let clamped = min(max(coordinate, 0), Double(count - 1))
        let low = min(Int(clamped), max(count - 2, 0))
        return (low, min(low + 1, count - 1), Float(clamped - Double(low)))
    }

    /// Value at a voxel coordinate (column, row, slice).
    @inline(__always)
    func value(atVoxel voxel: Vector3D, in voxels: some RandomAccessCollection<Float>) -> Float? {
        guard let x = neighbours(voxel.x, columns), let y = neighbours(voxel.y, rows),
            let z = neighbours(voxel.z, slices)
        else { return nil }
        func at(_ column: Int, _ row: Int, _ slice: Int) -> Float {
            voxels[voxels.index(voxels.startIndex, offsetBy: (slice * rows + row) * columns + column)]
        }
        func line(_ row: Int, _ slice: Int) -> Float {
            let low = at(x.low, row, slice)
            return low + (at(x.high, row, slice) - low) * x.weight
        }
        func face(_ slice: Int) -> Float {
            let low = line(y.low, slice)
            return low + (line(y.high, slice) - low) * y.weight
        }
        let low = face(z.low)
        return low + (face(z.high) - low) * z.weight
    }
}

import Dispatch

extension Volume {
    /// Trilinear value at a point in LPS mm; nil outside the volume's outer faces.
    ///
    /// Within the outermost half voxel the outermost value continues.
    package func sample(at point: Vector3D) -> Float? {
        let here = Grid(columns: 1, rows: 1, slices: 1, affine: Affine(spacing: Vector3D(1, 1, 1), origin: point))
        let (values, inside) = sampled(on: here)
        return inside[0] ? values[0] : nil
    }

    /// The volume's values at the voxel centres of another grid, on all processors.
    ///
    /// - Returns: values (0 outside the volume) and which of them lie inside, both in the order of `Grid`.
    package func sampled(on target: Grid) -> (values: [Float], inside: [Bool]) {
        let toVoxel = affine.inverse.after(target.affine)
        let (extent, step) = (self.extent, toVoxel.columnStep.components)
        return voxels.withUnsafeBufferPointer { source in
            target.filled { slice, rows, values, inside in
                guard let voxels = source.baseAddress else { return }
                for (number, row) in rows.enumerated() {
                    let start = toVoxel.point(Vector3D(0, Double(row), Double(slice))).components
                    let first = number * target.columns
                    PixelKernels.trilinearRow(
                        voxels, extent, Self.reach, start, step, target.columns, values + first, inside + first)
                }
            }
        }
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

    /// How far beyond the outermost voxel centres the volume goes, voxels: its outer faces, and the rounding that a
    /// point on them may have.
    static let reach = 0.5 + 1e-6

    /// Columns, rows, slices.
    var extent: [Int] { [columns, rows, slices] }
}

extension Grid {
    /// Values and marks of all voxels, some rows of a slice at a time on all processors.
    ///
    /// - Parameter fill: gets slice and rows, and room for the rows' values and marks, all of which it writes.
    func filled(
        _ fill: (_ slice: Int, _ rows: Range<Int>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Bool>) -> Void
    ) -> (values: [Float], inside: [Bool]) {
        var inside: [Bool] = []
        let values = [Float](unsafeUninitializedCapacity: voxelCount) { values, valueCount in
            inside = [Bool](unsafeUninitializedCapacity: voxelCount) { inside, count in
                guard let firstValue = values.baseAddress, let firstMark = inside.baseAddress else { return }
                nonisolated(unsafe) let (value, mark, fill) = (firstValue, firstMark, fill)  // a row is one thread's
                let pieces = min(rows, max(1, Self.pieces / slices))  // of a slice
                DispatchQueue.concurrentPerform(iterations: slices * pieces) { number in
                    let (slice, piece) = (number / pieces, number % pieces)
                    let rows = rows * piece / pieces..<rows * (piece + 1) / pieces
                    let first = (slice * self.rows + rows.lowerBound) * columns
                    fill(slice, rows, value + first, mark + first)
                }
                count = voxelCount
            }
            valueCount = voxelCount
        }
        return (values, inside)
    }

    /// Enough for any number of processors to end at about the same time.
    private static let pieces = 64
}

extension Vector3D {
    var components: [Double] { [x, y, z] }
}

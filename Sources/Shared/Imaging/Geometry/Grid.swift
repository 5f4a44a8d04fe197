/// Voxel positions without voxels: extents and the map to LPS mm.
package struct Grid: Equatable, Sendable {
    package let columns: Int
    package let rows: Int
    package let slices: Int
    package let affine: Affine

    /// Extents must be positive and the affine invertible: both are for the caller to have checked.
    package init(columns: Int, rows: Int, slices: Int, affine: Affine) {
        precondition(columns > 0 && rows > 0 && slices > 0 && affine.isInvertible, "not a grid")
        self.columns = columns
        self.rows = rows
        self.slices = slices
        self.affine = affine
    }

    package var voxelCount: Int { columns * rows * slices }

    /// LPS position, mm, of the middle of the grid.
    package var center: Vector3D {
        affine.point(Vector3D(Double(columns - 1), Double(rows - 1), Double(slices - 1)) * 0.5)
    }

    /// The eight outer corners, half a voxel beyond the outermost voxel centres, LPS mm.
    package var corners: [Vector3D] {
        let low = -0.5
        return [low, Double(slices) - 0.5].flatMap { slice in
            [low, Double(rows) - 0.5].flatMap { row in
                [low, Double(columns) - 0.5].map { affine.point(Vector3D($0, row, slice)) }
            }
        }
    }

    /// Length, mm, of the grid's shadow on a line along `direction` (unit length).
    package func extent(along direction: Vector3D) -> Double {
        let shadow = corners.map { $0.dot(direction) }
        return (shadow.max() ?? 0) - (shadow.min() ?? 0)
    }

    /// Whether a point lies within the grid's outer faces, shrunk about its centre by `fraction` (1: the whole).
    package func contains(_ point: Vector3D, fraction: Double = 1) -> Bool {
        let voxel = affine.inverse.point(point)
        func inside(_ coordinate: Double, _ count: Int) -> Bool {
            abs(coordinate - Double(count - 1) / 2) <= Double(count) / 2 * fraction + 1e-9
        }
        return inside(voxel.x, columns) && inside(voxel.y, rows) && inside(voxel.z, slices)
    }

    /// Isotropic voxels with axes along left, back and head around a centre, LPS mm.
    package static func isotropic(
        columns: Int, rows: Int, slices: Int, spacingMillimetres spacing: Double, center: Vector3D
    ) -> Grid {
        let half = Vector3D(Double(columns - 1), Double(rows - 1), Double(slices - 1)) * (spacing / 2)
        return Grid(
            columns: columns, rows: rows, slices: slices,
            affine: Affine(spacing: Vector3D(spacing, spacing, spacing), origin: center - half))
    }
}

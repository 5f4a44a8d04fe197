/// Maps voxel coordinates (column, row, slice; centre of the first voxel is 0 0 0) to LPS mm.
///
/// `point = origin + column·columnStep + row·rowStep + slice·sliceStep`. It may be left-handed.
package struct Affine: Equatable, Sendable {
    /// Step from one voxel to the next along increasing column index, mm.
    package var columnStep: Vector3D
    /// Step along increasing row index, mm.
    package var rowStep: Vector3D
    /// Step along increasing slice index, mm.
    package var sliceStep: Vector3D
    /// Centre of voxel (0, 0, 0), mm.
    package var origin: Vector3D

    package init(columnStep: Vector3D, rowStep: Vector3D, sliceStep: Vector3D, origin: Vector3D) {
        self.columnStep = columnStep
        self.rowStep = rowStep
        self.sliceStep = sliceStep
        self.origin = origin
    }

    /// Axes along left, back and head with these distances between voxel centres, mm.
    package init(spacing: Vector3D, origin: Vector3D) {
        self.init(
            columnStep: .left * spacing.x, rowStep: .posterior * spacing.y, sliceStep: .head * spacing.z,
            origin: origin)
    }

    /// Distances between neighbouring voxel centres along column, row and slice index, mm.
    package var spacing: Vector3D { Vector3D(columnStep.length, rowStep.length, sliceStep.length) }

    /// Signed volume of one voxel, mm³; negative for left-handed axes.
    package var determinant: Double { columnStep.cross(rowStep).dot(sliceStep) }

    /// No patient lies further than this from the origin of a scanner, mm.
    package static let farthest = 1e6

    /// Whether the three steps span space and every number is one that a scanner can give.
    package var isInvertible: Bool {
        let product = columnStep.length * rowStep.length * sliceStep.length
        return origin.length <= Self.farthest && product <= 1e12 && product > 0
            && abs(determinant) > 1e-6 * product
    }

    /// LPS position, mm, of a voxel coordinate given as (column, row, slice).
    package func point(_ voxel: Vector3D) -> Vector3D {
        origin + columnStep * voxel.x + rowStep * voxel.y + sliceStep * voxel.z
    }

    /// The map the other way, LPS mm to voxel coordinates. Only for `isInvertible` affines.
    package var inverse: Affine {
        precondition(isInvertible, "the steps of this affine do not span space")
        let scale = 1 / determinant
        // Rows of the inverse matrix are the cross products of the columns of the matrix.
        let first = rowStep.cross(sliceStep) * scale
        let second = sliceStep.cross(columnStep) * scale
        let third = columnStep.cross(rowStep) * scale
        return Affine(
            columnStep: Vector3D(first.x, second.x, third.x), rowStep: Vector3D(first.y, second.y, third.y),
            sliceStep: Vector3D(first.z, second.z, third.z),
            origin: -Vector3D(first.dot(origin), second.dot(origin), third.dot(origin)))
    }

    /// First `inner`, then this map.
    package func after(_ inner: Affine) -> Affine {
        func linear(_ v: Vector3D) -> Vector3D { columnStep * v.x + rowStep * v.y + sliceStep * v.z }
        return Affine(
            columnStep: linear(inner.columnStep), rowStep: linear(inner.rowStep), sliceStep: linear(inner.sliceStep),
            origin: point(inner.origin))
    }
}

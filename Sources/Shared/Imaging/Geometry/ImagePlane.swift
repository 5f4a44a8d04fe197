/// Where one image lies in the patient: the Image Plane Module (PS3.3 §C.7.6.2).
///
/// `point(row r, column c) = position + c·columnSpacing·row + r·rowSpacing·column`. `row` is the direction of
/// increasing column index, `column` that of increasing row index: the first and last three values of
/// ImageOrientationPatient. Both have unit length and are perpendicular.
package struct ImagePlane: Equatable, Sendable {
    /// ImagePositionPatient: centre of the first pixel, LPS mm.
    package let position: Vector3D
    package let row: Vector3D
    package let column: Vector3D
    /// Between the centres of neighbouring rows, mm: the first value of PixelSpacing.
    package let rowSpacing: Double
    /// Between the centres of neighbouring columns, mm: the second value of PixelSpacing.
    package let columnSpacing: Double
    package let rows: Int
    package let columns: Int

    /// Cosine between row and column, and departure from unit length, that files may show through rounding.
    package static let orientationTolerance = 1e-2

    /// Reads with `orientationTolerance`, then makes the two directions orthonormal.
    ///
    /// - Throws: `VolumeError.invalidValue` naming the attribute.
    package init(
        position: Vector3D, row: Vector3D, column: Vector3D, rowSpacing: Double, columnSpacing: Double, rows: Int,
        columns: Int
    ) throws(VolumeError) {
        guard position.length <= Affine.farthest else { throw .invalidValue(keyword: "ImagePositionPatient") }
        guard abs(row.length - 1) <= Self.orientationTolerance, abs(column.length - 1) <= Self.orientationTolerance,
            abs(row.dot(column)) <= Self.orientationTolerance,
            let row = row.normalized, let column = column.perpendicular(to: row).normalized
        else { throw .invalidValue(keyword: "ImageOrientationPatient") }
        let spacings = 1e-6...1e4
        guard spacings.contains(rowSpacing), spacings.contains(columnSpacing) else {
            throw .invalidValue(keyword: "PixelSpacing")
        }
        guard rows > 0 else { throw .invalidValue(keyword: "Rows") }
        guard columns > 0 else { throw .invalidValue(keyword: "Columns") }
        self.position = position
        self.row = row
        self.column = column
        self.rowSpacing = rowSpacing
        self.columnSpacing = columnSpacing
        self.rows = rows
        self.columns = columns
    }

    /// A square image around a centre.
    ///
    /// - Parameters:
    ///   - size: rows and columns.
    ///   - fieldOfView: side of the square, mm, outer edge to outer edge.
    package init(
        center: Vector3D, row: Vector3D, column: Vector3D, size: Int, fieldOfViewMillimetres fieldOfView: Double
    ) throws(VolumeError) {
        let spacing = fieldOfView / Double(size)
        let toCorner = Double(size - 1) / 2 * spacing
        try self.init(
            position: center - (row + column) * toCorner, row: row, column: column, rowSpacing: spacing,
            columnSpacing: spacing, rows: size, columns: size)
    }

    /// `row` × `column`: into the screen.
    package var normal: Vector3D { row.cross(column) }

    /// LPS position, mm, of the middle of the image.
    package var center: Vector3D { point(row: Double(rows - 1) / 2, column: Double(columns - 1) / 2) }

    /// LPS position, mm, of a pixel coordinate.
    package func point(row r: Double, column c: Double) -> Vector3D {
        position + row * (c * columnSpacing) + column * (r * rowSpacing)
    }

    /// The same image moved along its normal, mm.
    package func shifted(by distance: Double) throws(VolumeError) -> ImagePlane {
        try ImagePlane(
            position: position + normal * distance, row: row, column: column, rowSpacing: rowSpacing,
            columnSpacing: columnSpacing, rows: rows, columns: columns)
    }
}

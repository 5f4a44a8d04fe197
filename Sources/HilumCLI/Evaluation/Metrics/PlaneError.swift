import Imaging
package import Wire

/// How far a plane lies from the true one.
package struct PlaneError: Codable, Equatable, Sendable {
    /// Between the normals, whichever way they point; 0 to 90.
    package let degrees: Double
    /// From the true centre to the plane.
    package let millimetres: Double
    /// Between the rows of the two images once the planes are one; 0 to 180, nil where a row is not known.
    package let rotationDegrees: Double?

    /// Beyond these a plane is no use: the demo's have to lie within, and an evaluation counts it as a failure.
    static let limit = PlaneError(degrees: 15, millimetres: 10, rotationDegrees: nil)

    package var isWithinLimit: Bool {
        degrees <= Self.limit.degrees && millimetres <= Self.limit.millimetres
    }

    private init(degrees: Double, millimetres: Double, rotationDegrees: Double?) {
        self.degrees = degrees
        self.millimetres = millimetres
        self.rotationDegrees = rotationDegrees
    }

    /// `nil` when a centre or a normal is missing or a normal has no length.
    package init?(_ plane: ViewPlane, truth: Truth.Plane) {
        guard let center = plane.center, let normal = plane.normal else { return nil }
        self.init(center: center.values, normal: normal.values, row: plane.row?.values, truth: truth)
    }

    /// `nil` when a centre or a normal is no point or direction.
    package init?(center: [Double], normal: [Double], row: [Double]?, truth: Truth.Plane) {
        guard let center = Vector3D(center), let normal = Vector3D(normal)?.normalized,
            let trueCenter = Vector3D(truth.center), let trueNormal = Vector3D(truth.normal)?.normalized
        else { return nil }
        degrees = normal.degreesBetweenLines(trueNormal)
        millimetres = abs(normal.dot(trueCenter - center))
        let trueRow = truth.row.flatMap { Vector3D($0)?.perpendicular(to: normal).normalized }
        let row = row.flatMap { Vector3D($0)?.perpendicular(to: normal).normalized }
        rotationDegrees = trueRow.flatMap { trueRow in row.map { $0.degrees(to: trueRow) } }
    }
}

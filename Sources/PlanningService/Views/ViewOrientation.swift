package import Imaging

/// How a view is turned on the screen: `row` to the image's right, `column` down, `normal` = row × column into it.
/// The three are orthonormal.
package struct ViewOrientation: Equatable, Sendable {
    package let row: Vector3D
    package let column: Vector3D
    package let normal: Vector3D

    /// `down`, as far as it lies in the plane, becomes the column direction.
    private init?(normal: Vector3D, down: Vector3D) {
        guard let normal = normal.normalized, down.perpendicular(to: normal).length > 0.1,
            let column = down.perpendicular(to: normal).normalized
        else { return nil }
        self.normal = normal
        self.column = column
        row = column.cross(normal)
    }

    /// The display orientation of each view (SCMR's figures; derived in docs/geometry.md):
    ///
    /// - SA, seen from the apex: right ventricle to the image's left, lateral wall to its right, anterior wall up.
    ///   The long axis of the 2CH plane stands upright.
    /// - 4CH, seen from the feet: apex up, atria down, left ventricle to the image's right.
    /// - 2CH and 3CH, seen from the patient's left: head up, anterior to the image's left.
    ///
    /// Nil where the plane contradicts the view so much that its "down" stands on the plane.
    package init?(_ view: CardiacView, in frame: HeartFrame) {
        guard let normal = frame.planes[view]?.normal else { return nil }
        switch view {
        case .shortAxis:
            // The 2CH normal points to the right ventricle; row points away from it, and column is n × row.
            guard let septumToRight = frame.planes[.twoChamber]?.normal else { return nil }
            self.init(normal: normal, down: normal.cross(-septumToRight))
        case .fourChamber:
            self.init(normal: normal, down: frame.axis)
        case .twoChamber, .threeChamber:
            self.init(normal: normal, down: .foot)
        }
    }
}

package import Imaging

/// Where the left ventricle lies, from the planes of SA, 4CH and 2CH, and how well the three agree.
package struct HeartFrame: Equatable, Sendable {
    /// Where the three planes meet, LPS mm.
    package let center: Vector3D
    /// Apex → base along the line in which 2CH and 4CH meet, unit length.
    package let axis: Vector3D
    /// Planes in the order of `CardiacView`, each seen from the side that its display orientation asks for.
    package let planes: [CardiacView: PlaneFit]
    /// Views whose map rose towards the other side than anatomy has it.
    package let reversed: Set<CardiacView>
    /// Angle between the SA normal and the line in which 2CH and 4CH meet, degrees: 0 when the views agree.
    package let axisDisagreementDegrees: Double
    /// Angle between the planes of 2CH and 4CH, degrees, 0…90; anatomy has 60…90.
    package let longAxisAngleDegrees: Double

    /// Nil where a core view is missing or two planes are so nearly parallel that they do not meet in a point.
    ///
    /// Signs (all LPS): the normal of 4CH points to the head, those of 2CH and 3CH to the patient's right, and
    /// then 2CH × 4CH points from apex to base, which gives the SA normal its side.
    package init?(_ fits: [CardiacView: PlaneFit]) {
        guard let shortAxis = fits[.shortAxis], let fourChamber = fits[.fourChamber], let twoChamber = fits[.twoChamber]
        else { return nil }
        var planes = fits
        planes[.fourChamber] = fourChamber.facing(.head)
        planes[.twoChamber] = twoChamber.facing(.right)
        planes[.threeChamber] = fits[.threeChamber]?.facing(.right)
        guard let four = planes[.fourChamber]?.normal, let two = planes[.twoChamber]?.normal,
            two.degreesBetweenLines(four) > Self.leastAngleDegrees,
            let axis = two.cross(four).normalized,
            let center = Self.meeting(shortAxis, fourChamber, twoChamber)
        else { return nil }
        planes[.shortAxis] = shortAxis.facing(axis)
        self.center = center
        self.axis = axis
        self.planes = planes
        reversed = Set(fits.compactMap { view, fit in planes[view]?.normal == fit.normal ? nil : view })
        axisDisagreementDegrees = shortAxis.normal.degreesBetweenLines(axis)
        longAxisAngleDegrees = two.degreesBetweenLines(four)
    }

    /// Planes closer to parallel than this do not meet in a line that can be trusted, degrees.
    private static let leastAngleDegrees = 5.0

    /// The point that lies on all three planes.
    private static func meeting(_ a: PlaneFit, _ b: PlaneFit, _ c: PlaneFit) -> Vector3D? {
        let determinant = a.normal.dot(b.normal.cross(c.normal))
        guard abs(determinant) > 0.05 else { return nil }
        return
            (b.normal.cross(c.normal) * a.offset + c.normal.cross(a.normal) * b.offset
            + a.normal.cross(b.normal) * c.offset) / determinant
    }
}

extension PlaneFit {
    /// The plane with its normal on the side of `direction`.
    fileprivate func facing(_ direction: Vector3D) -> PlaneFit { normal.dot(direction) < 0 ? flipped : self }
}

package import Imaging

/// Where the left ventricle lies, from the planes of SA, 4CH and 2CH, and how well the three agree.
package struct HeartFrame: Equatable, Sendable {
    /// Where the three planes meet, LPS mm.
    package let center: Vector3D
    /// Apex → base, unit length: halfway between the normal of SA and the line in which 2CH and 4CH meet, two
    /// measurements of the same axis.
    package let axis: Vector3D
    /// Each plane turned by the little that brings SA to stand on the axis and the others to hold it, and seen from
    /// the side that its display orientation asks for.
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
        var faced = fits
        faced[.fourChamber] = fourChamber.facing(.head)
        faced[.twoChamber] = twoChamber.facing(.right)
        faced[.threeChamber] = fits[.threeChamber]?.facing(.right)
        guard let four = faced[.fourChamber]?.normal, let two = faced[.twoChamber]?.normal,
            two.degreesBetweenLines(four) > Self.leastAngleDegrees,
            let line = two.cross(four).normalized,
            let center = Self.meeting(shortAxis, fourChamber, twoChamber)
        else { return nil }
        let short = shortAxis.facing(line)
        faced[.shortAxis] = short
        guard let axis = (line + short.normal).normalized else { return nil }
        self.center = center
        self.axis = axis
        let turned = faced.map { view, fit in
            (view, fit.turned(to: axis, across: view == .shortAxis, about: center))
        }
        planes = Dictionary(uniqueKeysWithValues: turned)
        reversed = Set(fits.compactMap { view, fit in faced[view]?.normal == fit.normal ? nil : view })
        axisDisagreementDegrees = shortAxis.normal.degreesBetweenLines(line)
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

    /// The plane turned about its point nearest to `center`, so that it stands across `axis` or else holds it.
    fileprivate func turned(to axis: Vector3D, across: Bool, about center: Vector3D) -> PlaneFit {
        guard let normal = across ? axis : normal.perpendicular(to: axis).normalized else { return self }
        return PlaneFit(
            normal: normal, offset: normal.dot(nearest(to: center)), gradient: gradient,
            residualMillimetres: residualMillimetres, inlierFraction: inlierFraction, voxelCount: voxelCount,
            method: method)
    }
}

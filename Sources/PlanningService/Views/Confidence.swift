import Foundation

/// Every figure on which trust in one plane rests, with the limits beyond which it is refused.
package struct PlaneFigures: Equatable, Sendable {
    /// |a| of the fit; 1 for a perfect map.
    package let gradient: Double
    package let residualMillimetres: Double
    package let inlierFraction: Double
    package let voxelCount: Int
    /// Between the SA normal and the line in which 2CH and 4CH meet, degrees.
    package let axisDisagreementDegrees: Double
    /// Between the planes of 2CH and 4CH, degrees.
    package let longAxisAngleDegrees: Double
    /// Whether the map rose towards the side that anatomy has.
    package let signAgrees: Bool

    package init(
        gradient: Double, residualMillimetres: Double, inlierFraction: Double, voxelCount: Int,
        axisDisagreementDegrees: Double, longAxisAngleDegrees: Double, signAgrees: Bool
    ) {
        self.gradient = gradient
        self.residualMillimetres = residualMillimetres
        self.inlierFraction = inlierFraction
        self.voxelCount = voxelCount
        self.axisDisagreementDegrees = axisDisagreementDegrees
        self.longAxisAngleDegrees = longAxisAngleDegrees
        self.signAgrees = signAgrees
    }

    /// Of one view among the others.
    package init(_ fit: PlaneFit, view: CardiacView, frame: HeartFrame) {
        self.init(
            gradient: fit.gradient, residualMillimetres: fit.residualMillimetres, inlierFraction: fit.inlierFraction,
            voxelCount: fit.voxelCount, axisDisagreementDegrees: frame.axisDisagreementDegrees,
            longAxisAngleDegrees: frame.longAxisAngleDegrees, signAgrees: !frame.reversed.contains(view))
    }

    /// Beyond these a plane is refused, not answered with low confidence. The figures' limits are engineering
    /// judgement; docs/geometry.md gives what was measured with them.
    package enum Limit {
        /// Below this all figures together are too near their limits.
        package static let confidence = 0.5
        package static let gradient = 0.6...1.4
        package static let residualMillimetres = 5.0
        package static let inlierFraction = 0.5
        package static let axisDisagreementDegrees = 15.0
        package static let longAxisAngleDegrees = 40.0
        /// From this angle on 2CH and 4CH are as far apart as anatomy has them.
        package static let usualLongAxisAngleDegrees = 60.0
    }

    /// 1 for a perfect fit, 0 at a limit: the geometric mean of how far each figure is from its limit, halved where
    /// the map has the wrong sign.
    package var confidence: Double {
        let shares = [
            1 - abs(gradient - 1) / (Limit.gradient.upperBound - 1),
            1 - residualMillimetres / Limit.residualMillimetres,
            (inlierFraction - Limit.inlierFraction) / (1 - Limit.inlierFraction),
            1 - axisDisagreementDegrees / Limit.axisDisagreementDegrees,
            (longAxisAngleDegrees - Limit.longAxisAngleDegrees)
                / (Limit.usualLongAxisAngleDegrees - Limit.longAxisAngleDegrees),
        ].map { $0.isFinite ? min(max($0, 0), 1) : 0 }
        let mean = pow(shares.reduce(1, *), 1 / Double(shares.count))
        return signAgrees ? mean : mean / 2
    }

    /// Whether a figure lies beyond its limit, or all of them too near theirs.
    package var isRefused: Bool { confidence < Limit.confidence }
}

import Foundation
import Imaging
import PlanningService
import Testing

struct ViewGeometryTests {
    private static let grid = Grid.isotropic(
        columns: 32, rows: 32, slices: 32, spacingMillimetres: 8, center: Vector3D(10, -20, 30))

    private static func heart(_ seed: UInt64) -> (heart: PhantomHeart, random: Seeded) {
        var random = Seeded(seed)
        let heart = PhantomHeart(center: grid.center + random.point(within: 15), random: &random)
        return (heart, random)
    }

    @Test(arguments: UInt64(1)...20)
    func `the centre is where the planes meet and the axis points from apex to base`(seed: UInt64) throws {
        let (heart, _) = Self.heart(seed)
        let frame = try #require(HeartFrame(heart.fits(on: Self.grid)))
        #expect((frame.center - heart.center).length < 0.01, "seed \(seed)")
        #expect(frame.axis.degrees(to: heart.axis) < 0.01, "seed \(seed)")
        #expect(frame.axisDisagreementDegrees < 0.01)
        #expect((60...90).contains(frame.longAxisAngleDegrees))
        #expect(frame.reversed.isEmpty)
    }

    @Test(arguments: UInt64(1)...20, [CardiacView.shortAxis, .fourChamber, .twoChamber, .threeChamber])
    func `a map that rises to the wrong side is turned round and named`(seed: UInt64, wrong: CardiacView) throws {
        let (heart, _) = Self.heart(seed)
        let frame = try #require(HeartFrame(heart.fits(on: Self.grid) { $0 == wrong ? -1 : 1 }))
        #expect(frame.reversed == [wrong])
        for (view, normal) in heart.normals {
            #expect(try #require(frame.planes[view]).normal.degrees(to: normal) < 0.01, "seed \(seed) \(view)")
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `display axes are orthonormal and right-handed to 1e-6`(seed: UInt64) throws {
        let (heart, _) = Self.heart(seed)
        let frame = try #require(HeartFrame(heart.fits(on: Self.grid)))
        for view in CardiacView.allCases {
            let o = try #require(ViewOrientation(view, in: frame))
            for unit in [o.row, o.column, o.normal] { #expect(abs(unit.length - 1) < 1e-12) }
            #expect(abs(o.row.dot(o.column)) < 1e-12)
            #expect((o.row.cross(o.column) - o.normal).length < 1e-12)
            #expect(o.normal.degrees(to: try #require(heart.normals[view])) < 0.01, "\(view)")
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `each view is turned as cardiologists see it`(seed: UInt64) throws {
        let (heart, _) = Self.heart(seed)
        let frame = try #require(HeartFrame(heart.fits(on: Self.grid)))

        // SA: right ventricle (to the patient's right and front) left, anterior wall up, seen from the apex.
        let short = try #require(ViewOrientation(.shortAxis, in: frame))
        #expect(short.row.dot(.left) > 0.3, "lateral wall to the image's right")
        #expect(short.column.dot(.foot) > 0.3, "inferior wall down")
        #expect(abs(short.column.dot(frame.planes[.twoChamber]?.normal ?? .left)) < 1e-9, "2CH stands upright")
        #expect(short.normal.dot(heart.axis) > 0.99, "into the screen is towards the base")

        // 4CH: apex up, left ventricle right, seen from the feet.
        let four = try #require(ViewOrientation(.fourChamber, in: frame))
        #expect(four.column.dot(heart.axis) > 0.99, "base down")
        #expect(four.row.dot(.left) > 0.3)
        #expect(four.normal.dot(.head) > 0.5)

        // 2CH and 3CH: head up, front left.
        for view in [CardiacView.twoChamber, .threeChamber] {
            let o = try #require(ViewOrientation(view, in: frame))
            #expect(o.column.dot(.foot) > 0.5, "\(view)")
            #expect(o.row.dot(.posterior) > 0.3, "\(view)")
            #expect(o.normal.dot(.right) > 0.3, "\(view)")
        }
    }

    @Test func `planes that do not meet in a point have no frame`() throws {
        let (heart, _) = Self.heart(1)
        var fits = heart.fits(on: Self.grid)
        fits[.twoChamber] = fits[.fourChamber]
        #expect(HeartFrame(fits) == nil)
        fits[.twoChamber] = nil
        #expect(HeartFrame(fits) == nil)
    }

    @Test func `exact maps are trusted, disagreeing ones less or not at all`() throws {
        let (heart, _) = Self.heart(3)
        let fits = heart.fits(on: Self.grid)
        let frame = try #require(HeartFrame(fits))
        let exact = PlaneFigures(try #require(fits[.shortAxis]), view: .shortAxis, frame: frame)
        #expect(exact.confidence > 0.98)
        #expect(!exact.isRefused)

        func confidence(tilted degrees: Double) throws -> Double {
            let angle = degrees * .pi / 180
            let tilted = heart.axis * cos(angle) + (heart.axis.cross(.foot).normalized ?? .left) * sin(angle)
            var changed = fits
            let fit = try #require(fits[.shortAxis])
            changed[.shortAxis] = PlaneFit(
                normal: tilted, offset: tilted.dot(heart.center), gradient: fit.gradient,
                residualMillimetres: fit.residualMillimetres, inlierFraction: fit.inlierFraction,
                voxelCount: fit.voxelCount, method: fit.method)
            let frame = try #require(HeartFrame(changed))
            #expect(abs(frame.axisDisagreementDegrees - degrees) < 0.1)
            return PlaneFigures(fit, view: .shortAxis, frame: frame).confidence
        }
        #expect(try confidence(tilted: 5) < exact.confidence)
        #expect(try confidence(tilted: 10) < confidence(tilted: 5))
        #expect(try confidence(tilted: 16) == 0)
        let reversed = try #require(HeartFrame(heart.fits(on: Self.grid) { $0 == .shortAxis ? -1 : 1 }))
        let wrong = PlaneFigures(try #require(fits[.shortAxis]), view: .shortAxis, frame: reversed)
        #expect(abs(wrong.confidence - exact.confidence / 2) < 1e-6)
    }

    @Test func `the slice group goes from apex to base about the centre, within the volume`() {
        let whole = SliceGroupPlan(center: Self.grid.center, normal: .posterior, within: Self.grid)
        #expect(whole.centers.count == 11)
        #expect(whole.centers.first == Self.grid.center + .anterior * 50)
        #expect(whole.centers.last == Self.grid.center + .posterior * 50)
        #expect(whole.thicknessMillimetres == 8 && whole.gapMillimetres == 2)

        let near = Self.grid.center + .posterior * 100  // the grid ends 28 mm behind this
        let cut = SliceGroupPlan(center: near, normal: .posterior, within: Self.grid)
        #expect(cut.centers.count == 8)
        #expect(cut.centers.last == near + .posterior * 20)

        var layout = SliceGroupPlan.Layout()
        layout.thicknessMillimetres = 6
        layout.gapMillimetres = 0
        layout.halfLengthMillimetres = 20
        let fine = SliceGroupPlan(center: Self.grid.center, normal: .head, within: Self.grid, layout: layout)
        #expect(fine.centers.count == 7)
    }
}

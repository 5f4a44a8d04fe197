import Imaging
import Testing

struct AffineTests {
    @Test(arguments: UInt64(1)...30)
    func `the inverse leads back, also for left-handed and sheared axes`(seed: UInt64) {
        var random = Seeded(seed)
        let (row, column) = random.axes()
        let sign = seed % 2 == 0 ? 1.0 : -1.0
        let affine = Affine(
            columnStep: row * 1.5, rowStep: column * 2,
            sliceStep: row.cross(column) * (8 * sign) + row * 0.7, origin: random.point(within: 500))
        #expect((affine.determinant < 0) == (sign < 0))
        for _ in 0..<10 {
            let voxel = random.point(within: 200)
            #expect((affine.inverse.point(affine.point(voxel)) - voxel).length < 1e-9, "seed \(seed)")
        }
        let both = affine.inverse.after(affine)
        #expect((both.columnStep - Vector3D(1, 0, 0)).length < 1e-12)
        #expect(both.origin.length < 1e-9)
    }

    @Test func `flat axes are no affine`() {
        let flat = Affine(columnStep: .left, rowStep: .posterior, sliceStep: .left + .posterior, origin: .zero)
        #expect(!flat.isInvertible)
        #expect(!Affine(spacing: Vector3D(1, 0, 1), origin: .zero).isInvertible)
        #expect(!Affine(spacing: Vector3D(1, .nan, 1), origin: .zero).isInvertible)
    }

    @Test func `angles are exact where they are small`() {
        #expect(abs(Vector3D.left.degrees(to: Vector3D(1, 1e-9, 0)) - 5.729577951308233e-8) < 1e-18)
        #expect(Vector3D.left.degreesBetweenLines(.right) == 0)
        #expect(Vector3D.left.degrees(to: .right) == 180)
    }
}

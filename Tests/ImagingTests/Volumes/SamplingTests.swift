import Foundation
import Imaging
import Testing

struct SamplingTests {
    /// A volume whose value is a linear function of the position.
    private static func ramp(_ grid: Grid, slope: Vector3D, constant: Double) -> Volume {
        volume(grid) { slope.dot($0) + constant }
    }

    private static func volume(_ grid: Grid, _ value: (Vector3D) -> Double) -> Volume {
        var voxels = [Float]()
        for slice in 0..<grid.slices {
            for row in 0..<grid.rows {
                for column in 0..<grid.columns {
                    voxels.append(Float(value(grid.affine.point(Vector3D(Double(column), Double(row), Double(slice))))))
                }
            }
        }
        return Volume(grid: grid, voxels: voxels)
    }

    private static func oblique(_ random: inout Seeded) -> Grid {
        let (row, column) = random.axes()
        return Grid(
            columns: 20, rows: 24, slices: 9,
            affine: Affine(
                columnStep: row * 2, rowStep: column * 2, sliceStep: row.cross(column) * 8,
                origin: random.point(within: 100)))
    }

    @Test(arguments: UInt64(1)...20)
    func `trilinear sampling reproduces a linear function between voxel centres`(seed: UInt64) throws {
        var random = Seeded(seed)
        let grid = Self.oblique(&random)
        let slope = random.direction()
        let volume = Self.ramp(grid, slope: slope, constant: 5)
        for _ in 0..<100 {
            let voxel = Vector3D(random.uniform() * 19, random.uniform() * 23, random.uniform() * 8)
            let point = grid.affine.point(voxel)
            let value = try #require(volume.sample(at: point))
            #expect(abs(Double(value) - slope.dot(point) - 5) < 1e-3, "seed \(seed)")
        }
        #expect(volume.sample(at: grid.affine.point(Vector3D(-0.6, 3, 3))) == nil)
        #expect(volume.sample(at: grid.affine.point(Vector3D(-0.4, 3, 3))) == volume.voxels[(3 * 24 + 3) * 20])
        #expect(volume.sample(at: grid.affine.point(Vector3D(3, 23.6, 3))) == nil)
    }

    @Test func `smoothing before shrinking removes what the grid cannot hold and keeps the mean`() throws {
        let fine = Grid.isotropic(columns: 48, rows: 48, slices: 48, spacingMillimetres: 1, center: .zero)
        // Stripes of 2 mm along x: far finer than 6 mm voxels.
        let stripes = Self.volume(fine) { Int($0.x.rounded(.down)) % 2 == 0 ? 0 : 100 }
        let coarse = Grid.isotropic(columns: 6, rows: 6, slices: 6, spacingMillimetres: 6.5, center: .zero)
        let (values, inside) = stripes.resampled(onto: coarse)
        #expect(inside.allSatisfy { $0 })
        #expect(values.allSatisfy { abs($0 - 50) < 3 })
        let bare = stripes.sampled(on: coarse).values
        #expect(bare.contains { abs($0 - 50) > 20 })
    }

    @Test func `smoothing moves nothing`() throws {
        let fine = Grid.isotropic(columns: 60, rows: 60, slices: 15, spacingMillimetres: 2, center: Vector3D(9, 8, 7))
        let ramp = Self.ramp(fine, slope: Vector3D(1, -2, 0.5), constant: 3)
        let small = try ramp.resampled(isotropic: 6)
        #expect(small.columns == 20 && small.rows == 20 && small.slices == 5)
        #expect((small.grid.center - fine.center).length < 1e-9)
        let point = small.affine.point(Vector3D(10, 9, 2))
        #expect(abs(Double(small.voxels[(2 * 20 + 9) * 20 + 10]) - (Vector3D(1, -2, 0.5).dot(point) + 3)) < 1e-2)
    }

    /// A target along the volume's axes is sampled plane by plane; the same turned by next to nothing, voxel by voxel.
    @Test(arguments: [Vector3D(0, 3, 0), Vector3D(0, 0, 3), Vector3D(0, 2, 2)])
    func `a target along the volume's axes has the values of one that is not quite`(rowStep: Vector3D) throws {
        var random = Seeded(7)
        let noise = Self.volume(
            Grid.isotropic(columns: 40, rows: 36, slices: 30, spacingMillimetres: 1, center: .zero)
        ) { _ in random.uniform() }
        func target(_ columnStep: Vector3D) -> Grid {
            Grid(
                columns: 14, rows: 12, slices: 11,
                affine: Affine(
                    columnStep: columnStep, rowStep: rowStep,
                    sliceStep: Vector3D(0, rowStep.z, rowStep.y == 2 ? -2 : rowStep.y),
                    origin: Vector3D(-21, -17, -14)))
        }
        let (values, inside) = noise.resampled(onto: target(Vector3D(3, 0, 0)))
        let (expected, alsoInside) = noise.resampled(onto: target(Vector3D(3, 1e-9, 1e-9)))
        #expect(inside == alsoInside)
        #expect(inside.contains(true) && inside.contains(false))
        #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test func `a resampled volume above the limit is refused before memory is taken`() {
        let grid = Grid.isotropic(columns: 4, rows: 4, slices: 4, spacingMillimetres: 100, center: .zero)
        let volume = Self.ramp(grid, slope: .left, constant: 0)
        #expect(throws: VolumeError.self) { try volume.resampled(isotropic: 0.001) }
        #expect(throws: VolumeError.self) { try volume.resampled(isotropic: 1e-300) }
        #expect(throws: VolumeError.invalidValue(keyword: "spacing")) { try volume.resampled(isotropic: 0) }
    }
}

import Foundation
import Imaging
import PlanningService
import Testing

struct PlaneFitTests {
    static let seeds = Array(UInt64(1)...20)

    enum Shape: CaseIterable {
        case isotropic, anisotropic

        func grid(random: inout Seeded) -> Grid {
            switch self {
            case .isotropic:
                let center = random.point(within: 100)
                return .isotropic(columns: 48, rows: 48, slices: 48, spacingMillimetres: 6, center: center)
            case .anisotropic:
                // 2 × 2 × 8 mm, axes turned out of the patient's.
                let first = random.direction()
                let second = first.cross(random.direction()).normalized ?? .left
                let affine = Affine(
                    columnStep: first * 2, rowStep: second * 2, sliceStep: first.cross(second) * 8,
                    origin: random.point(within: 100))
                return Grid(columns: 96, rows: 96, slices: 24, affine: affine)
            }
        }
    }

    static func map(
        _ grid: Grid, normal: Vector3D, point: Vector3D, change: (inout Double) -> Void = { _ in }
    ) -> DistanceMap {
        var values = [Float]()
        for slice in 0..<grid.slices {
            for row in 0..<grid.rows {
                for column in 0..<grid.columns {
                    let x = grid.affine.point(Vector3D(Double(column), Double(row), Double(slice)))
                    var d = min(max(normal.dot(x - point), -40), 40)
                    change(&d)
                    values.append(Float(min(max(d, -40), 40)))
                }
            }
        }
        return DistanceMap(grid: grid, values: values[...], truncationMillimetres: 40)
    }

    @Test(arguments: Shape.allCases, seeds)
    func `voxels further apart give the same plane of a noisy map`(shape: Shape, seed: UInt64) throws {
        var random = Seeded(seed)
        let grid = shape.grid(random: &random)
        let normal = random.direction()
        let point = grid.center + random.point(within: 15)
        let map = Self.map(grid, normal: normal, point: point) { $0 += 2 * random.normal() }
        let all = try #require(PlaneFitter.fit(map))
        let thinned = try #require(PlaneFitter.fit(map, spacingMillimetres: shape == .isotropic ? 12 : 6))
        #expect(thinned.voxelCount < all.voxelCount / 4)
        #expect(thinned.normal.degrees(to: all.normal) < 0.25, "seed \(seed)")
        #expect(abs(thinned.distance(to: point) - all.distance(to: point)) < 0.5, "seed \(seed)")
    }

    @Test(arguments: Shape.allCases, seeds)
    func `an exact map gives its plane within 0.1° and 0.1 mm`(shape: Shape, seed: UInt64) throws {
        var random = Seeded(seed)
        let grid = shape.grid(random: &random)
        let normal = random.direction()
        let point = grid.center + random.point(within: 15)
        let fit = try #require(PlaneFitter.fit(Self.map(grid, normal: normal, point: point)))
        #expect(fit.normal.degrees(to: normal) < 0.001, "seed \(seed)")
        #expect(abs(fit.distance(to: point)) < 0.001, "seed \(seed)")
        #expect(abs(fit.gradient - 1) < 1e-4)
        #expect(fit.residualMillimetres < 1e-3)
        #expect(fit.inlierFraction == 1)
        #expect(fit.method == .leastSquares)
    }

    @Test(arguments: Shape.allCases, seeds)
    func `2 mm noise and 20 % outliers leave it within 1° and 1 mm`(shape: Shape, seed: UInt64) throws {
        var random = Seeded(seed)
        let grid = shape.grid(random: &random)
        let normal = random.direction()
        let point = grid.center + random.point(within: 15)
        let map = Self.map(grid, normal: normal, point: point) { d in
            d += 2 * random.normal()
            if random.uniform() < 0.2 { d = 80 * random.uniform() - 40 }
        }
        let fit = try #require(PlaneFitter.fit(map))
        #expect(fit.normal.degrees(to: normal) < 0.3, "seed \(seed)")
        #expect(abs(fit.distance(to: point)) < 0.3, "seed \(seed)")
        #expect(abs(fit.gradient - 1) < 0.02)
        #expect((1...3).contains(fit.residualMillimetres))
        #expect((0.7...0.9).contains(fit.inlierFraction))
    }

    @Test(arguments: Shape.allCases, seeds)
    func `20 % outliers on one side only do not pull it`(shape: Shape, seed: UInt64) throws {
        var random = Seeded(seed)
        let grid = shape.grid(random: &random)
        let normal = random.direction()
        let point = grid.center + random.point(within: 15)
        let map = Self.map(grid, normal: normal, point: point) { d in
            d += 2 * random.normal()
            if random.uniform() < 0.2 { d = 20 }
        }
        let fit = try #require(PlaneFitter.fit(map))
        #expect(fit.normal.degrees(to: normal) < 1, "seed \(seed)")
        #expect(abs(fit.distance(to: point)) < 1, "seed \(seed)")
    }

    @Test(arguments: seeds)
    func `a second plane in a third of the voxels does not win`(seed: UInt64) throws {
        var random = Seeded(seed)
        let grid = Shape.isotropic.grid(random: &random)
        let normal = random.direction()
        let point = grid.center + random.point(within: 15)
        let other = Self.map(grid, normal: random.direction(), point: grid.center)
        let map = Self.map(grid, normal: normal, point: point)
        let values = zip(map.millimetres, other.millimetres).map { random.uniform() < 0.33 ? $1 : $0 }
        let fit = try #require(
            PlaneFitter.fit(DistanceMap(grid: grid, values: values[...], truncationMillimetres: 40)))
        #expect(fit.normal.degrees(to: normal) < 1, "seed \(seed)")
        #expect(abs(fit.distance(to: point)) < 1, "seed \(seed)")
    }

    @Test func `only voxels inside the volume count`() throws {
        let grid = Grid.isotropic(columns: 32, rows: 32, slices: 32, spacingMillimetres: 6, center: .zero)
        let right = Self.map(grid, normal: .head, point: .zero)
        var values = right.millimetres
        var inside = right.inside
        for index in values.indices.prefix(values.count / 2) {
            values[index] = 3
            inside[index] = false
        }
        let map = DistanceMap(grid: grid, values: values[...], inside: inside, truncationMillimetres: 40)
        let fit = try #require(PlaneFitter.fit(map))
        #expect(fit.normal.degrees(to: .head) < 0.01)
    }

    @Test func `a flattened map shows in the gradient`() throws {
        let grid = Grid.isotropic(columns: 32, rows: 32, slices: 32, spacingMillimetres: 6, center: .zero)
        let map = Self.map(grid, normal: .left, point: .zero) { $0 *= 0.5 }
        let fit = try #require(PlaneFitter.fit(map))
        #expect(abs(fit.gradient - 0.5) < 0.05)
    }

    @Test func `a map without a zero has no plane`() {
        let grid = Grid.isotropic(columns: 16, rows: 16, slices: 16, spacingMillimetres: 6, center: .zero)
        let values = [Float](repeating: 40, count: grid.voxelCount)
        #expect(PlaneFitter.fit(DistanceMap(grid: grid, values: values[...], truncationMillimetres: 40)) == nil)
        let constant = [Float](repeating: 1, count: grid.voxelCount)
        #expect(PlaneFitter.fit(DistanceMap(grid: grid, values: constant[...], truncationMillimetres: 40)) == nil)
    }

    @Test func `pure noise leaves few inliers`() throws {
        var random = Seeded(7)
        let grid = Grid.isotropic(columns: 32, rows: 32, slices: 32, spacingMillimetres: 6, center: .zero)
        let values = (0..<grid.voxelCount).map { _ in Float(80 * random.uniform() - 40) }
        let fit = PlaneFitter.fit(DistanceMap(grid: grid, values: values[...], truncationMillimetres: 40))
        #expect(fit.map { $0.inlierFraction < 0.5 || $0.gradient < 0.6 } ?? true)
    }
}

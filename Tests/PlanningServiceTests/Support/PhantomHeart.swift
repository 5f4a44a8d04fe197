import Foundation
import Imaging
import PlanningService

/// A heart of known planes and the exact distance maps of it, in place of a network.
struct PhantomHeart {
    let center: Vector3D
    /// Apex → base.
    let axis: Vector3D
    /// Normals with the signs of anatomy: SA to the base, 4CH to the head, 2CH and 3CH to the patient's right.
    let normals: [CardiacView: Vector3D]

    /// An adult heart turned at random by up to about 15°.
    init(center: Vector3D, random: inout Seeded) {
        self.center = center
        let axis = (Vector3D(-0.62, 0.62, 0.48) + random.point(within: 0.2)).normalized ?? .posterior
        self.axis = axis
        // The 4CH normal is perpendicular to the axis and mostly towards the head.
        let four = (Vector3D.head + random.point(within: 0.2)).perpendicular(to: axis).normalized ?? .head
        let septal = four.cross(axis)  // axis × … : towards the patient's right
        let right = septal.dot(.right) > 0 ? septal : -septal
        func turned(_ degrees: Double) -> Vector3D {
            let angle = degrees * .pi / 180
            return right * cos(angle) + four * sin(angle)
        }
        normals = [
            .shortAxis: axis, .fourChamber: four, .twoChamber: turned(10 * random.uniform()),
            .threeChamber: turned(-35),
        ]
    }

    func map(_ view: CardiacView, on grid: Grid, sign: Double = 1, truncation: Double = 40) -> DistanceMap {
        let normal = normals[view] ?? .head
        var values = [Float]()
        for slice in 0..<grid.slices {
            for row in 0..<grid.rows {
                for column in 0..<grid.columns {
                    let x = grid.affine.point(Vector3D(Double(column), Double(row), Double(slice)))
                    values.append(Float(sign * min(max(normal.dot(x - center), -truncation), truncation)))
                }
            }
        }
        return DistanceMap(grid: grid, values: values[...], truncationMillimetres: truncation)
    }

    func fits(on grid: Grid, sign: (CardiacView) -> Double = { _ in 1 }) -> [CardiacView: PlaneFit] {
        var fits = [CardiacView: PlaneFit]()
        for view in CardiacView.allCases { fits[view] = PlaneFitter.fit(map(view, on: grid, sign: sign(view))) }
        return fits
    }
}

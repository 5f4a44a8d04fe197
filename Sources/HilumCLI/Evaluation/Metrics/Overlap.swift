import Imaging

/// How far two sets of places are the same.
package struct Overlap: Codable, Equatable, Sendable {
    /// Intersection over union (Jaccard 1901).
    package let iou: Double
    /// Twice the intersection over the sum (Dice 1945).
    package let dice: Double

    /// - Returns: nil where both are empty.
    package init?(_ a: [Bool], _ b: [Bool]) {
        precondition(a.count == b.count)
        let both = zip(a, b).count { $0 && $1 }
        let sum = a.count(where: \.self) + b.count(where: \.self)
        guard sum > 0 else { return nil }
        iou = Double(both) / Double(sum - both)
        dice = 2 * Double(both) / Double(sum)
    }
}

/// What a view shows of a structure.
enum MaskSection {
    private static let size = 192
    private static let fieldOfViewMillimetres = 240.0

    /// Of the structure's sections in an answered plane and in the true one, each in the coordinates of its image.
    ///
    /// - Returns: nil where a direction is missing, or the structure lies in neither.
    static func overlap(of mask: Volume, along answered: CaseAnswer.Plane, and truth: Truth.Plane) -> Overlap? {
        guard
            let a = section(mask, center: answered.center, row: answered.row, normal: answered.normal),
            let b = section(mask, center: truth.center, row: truth.row ?? [], normal: truth.normal)
        else { return nil }
        return Overlap(a, b)
    }

    private static func section(_ mask: Volume, center: [Double], row: [Double], normal: [Double]) -> [Bool]? {
        guard let center = Vector3D(center), let row = Vector3D(row), let normal = Vector3D(normal),
            let plane = try? ImagePlane(
                center: center, row: row, column: normal.cross(row), size: size,
                fieldOfViewMillimetres: fieldOfViewMillimetres)
        else { return nil }
        return mask.sampled(on: plane).map { $0 >= 0.5 }
    }
}

extension Vector3D {
    /// - Returns: nil where there are not three finite numbers.
    package init?(_ values: [Double]) {
        guard values.count == 3, values.allSatisfy(\.isFinite) else { return nil }
        self.init(values[0], values[1], values[2])
    }
}

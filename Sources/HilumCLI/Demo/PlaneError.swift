import Foundation
package import Wire

/// How far a plane lies from the true one.
package struct PlaneError: Equatable, Sendable {
    /// Between the normals, whichever way they point; 0 to 90.
    package let degrees: Double
    /// From the true centre to the plane.
    package let millimetres: Double

    /// The demo's planes have to lie within these.
    static let limit = PlaneError(degrees: 15, millimetres: 10)

    package var isWithinLimit: Bool {
        degrees <= Self.limit.degrees && millimetres <= Self.limit.millimetres
    }

    private init(degrees: Double, millimetres: Double) {
        self.degrees = degrees
        self.millimetres = millimetres
    }

    /// `nil` when a centre or a normal is missing or a normal has no length.
    package init?(_ plane: ViewPlane, truth: Truth.Plane) {
        guard let center = plane.center, let normal = plane.normal, truth.center.count == 3, truth.normal.count == 3
        else { return nil }
        let n = [normal.x, normal.y, normal.z]
        let length = Self.dot(n, n).squareRoot()
        let truthLength = Self.dot(truth.normal, truth.normal).squareRoot()
        guard length > 0, truthLength > 0 else { return nil }
        degrees = acos(min(abs(Self.dot(n, truth.normal)) / (length * truthLength), 1)) * 180 / .pi
        let apart = zip(truth.center, [center.x, center.y, center.z]).map { $0 - $1 }
        millimetres = abs(Self.dot(n, apart)) / length
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
}

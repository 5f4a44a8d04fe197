import Foundation

/// A point or direction in the patient's coordinate system: LPS, that is x to the patient's left, y to the back,
/// z to the head (PS3.3 §C.7.6.2.1.1). Points in mm, directions without unit.
package struct Vector3D: Equatable, Sendable {
    package var x: Double
    package var y: Double
    package var z: Double

    package init(_ x: Double, _ y: Double, _ z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }

    package static let zero = Vector3D(0, 0, 0)
    /// Unit directions towards the patient's left, back and head, and their opposites.
    package static let left = Vector3D(1, 0, 0)
    package static let right = Vector3D(-1, 0, 0)
    package static let posterior = Vector3D(0, 1, 0)
    package static let anterior = Vector3D(0, -1, 0)
    package static let head = Vector3D(0, 0, 1)
    package static let foot = Vector3D(0, 0, -1)

    package var length: Double { dot(self).squareRoot() }
    package var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }

    /// The same direction with length 1; nil where the length is zero or not finite.
    package var normalized: Vector3D? {
        let length = length
        return length > 1e-300 && length.isFinite ? self / length : nil
    }

    package func dot(_ other: Vector3D) -> Double { x * other.x + y * other.y + z * other.z }

    package func cross(_ other: Vector3D) -> Vector3D {
        Vector3D(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }

    /// What is left of the vector when its part along `direction` (unit length) is taken away.
    package func perpendicular(to direction: Vector3D) -> Vector3D { self - direction * dot(direction) }

    /// Angle to another vector, degrees, 0…180. Uses atan2, which stays exact for small angles where acos does not.
    package func degrees(to other: Vector3D) -> Double {
        atan2(cross(other).length, dot(other)) * 180 / .pi
    }

    /// Angle between two lines, that is regardless of either sign: degrees, 0…90.
    package func degreesBetweenLines(_ other: Vector3D) -> Double {
        let angle = degrees(to: other)
        return Swift.min(angle, 180 - angle)
    }

    package static func + (a: Vector3D, b: Vector3D) -> Vector3D { Vector3D(a.x + b.x, a.y + b.y, a.z + b.z) }
    package static func - (a: Vector3D, b: Vector3D) -> Vector3D { Vector3D(a.x - b.x, a.y - b.y, a.z - b.z) }
    package static func * (a: Vector3D, factor: Double) -> Vector3D {
        Vector3D(a.x * factor, a.y * factor, a.z * factor)
    }
    package static func / (a: Vector3D, divisor: Double) -> Vector3D {
        Vector3D(a.x / divisor, a.y / divisor, a.z / divisor)
    }
    package static prefix func - (a: Vector3D) -> Vector3D { Vector3D(-a.x, -a.y, -a.z) }
}

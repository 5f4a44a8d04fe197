import Foundation
import Imaging

/// Random values that a seed repeats.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = (seed &+ 1) &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_f491_4f6c_dd1d
    }

    /// In 0..<1.
    mutating func uniform() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }

    /// Unit length.
    mutating func direction() -> Vector3D {
        while true {
            let point = self.point(within: 1)
            if point.length > 0.1, point.length < 1, let direction = point.normalized { return direction }
        }
    }

    /// Each coordinate in ±`reach`.
    mutating func point(within reach: Double) -> Vector3D {
        let x = reach * (2 * uniform() - 1)
        let y = reach * (2 * uniform() - 1)
        let z = reach * (2 * uniform() - 1)
        return Vector3D(x, y, z)
    }

    /// Two perpendicular unit directions.
    mutating func axes() -> (Vector3D, Vector3D) {
        let first = direction()
        while true {
            let second = direction().perpendicular(to: first)
            if second.length > 0.1, let second = second.normalized { return (first, second) }
        }
    }
}

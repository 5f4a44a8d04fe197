import Foundation
import Imaging

/// Random values that a seed repeats.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_f491_4f6c_dd1d
    }

    /// In 0..<1.
    mutating func uniform() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }

    /// Mean 0, standard deviation 1.
    mutating func normal() -> Double { (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform()) }

    /// Evenly over the sphere, unit length.
    mutating func direction() -> Vector3D {
        Vector3D(normal(), normal(), normal()).normalized ?? .left
    }

    /// Each coordinate in ±`reach`.
    mutating func point(within reach: Double) -> Vector3D {
        let x = reach * (2 * uniform() - 1)
        let y = reach * (2 * uniform() - 1)
        let z = reach * (2 * uniform() - 1)
        return Vector3D(x, y, z)
    }
}

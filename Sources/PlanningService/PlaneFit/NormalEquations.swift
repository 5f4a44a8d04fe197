import Imaging

/// `slope`·x + `constant`.
struct LinearFunction {
    let slope: Vector3D
    let constant: Double

    func value(at point: Vector3D) -> Double { slope.dot(point) + constant }

    /// Largest change of a coefficient, relative to the slope.
    func change(from other: LinearFunction) -> Double {
        max((slope - other.slope).length, abs(constant - other.constant)) / max(slope.length, 1e-300)
    }
}

/// Gathers weighted equations slope·x + constant = value and solves them in the sense of least squares.
struct NormalEquations {
    /// Sums of the weighted products of x, y, z and the value with x, y, z and 1: the rows of the symmetric 4 × 4 matrix
    /// over (x, y, z, 1), and the right side.
    private var x = SIMD4<Double>.zero
    private var y = SIMD4<Double>.zero
    private var z = SIMD4<Double>.zero
    private var one = SIMD4<Double>.zero
    private var right = SIMD4<Double>.zero

    @inline(__always)
    mutating func add(_ point: Vector3D, _ value: Double, weight: Double) {
        let terms = weight * SIMD4(point.x, point.y, point.z, 1)
        x += point.x * terms
        y += point.y * terms
        z += point.z * terms
        one += terms
        right += value * terms
    }

    /// By Cholesky's decomposition; nil where the points do not span space.
    func solution() -> LinearFunction? {
        var upper = [self.x, y, z, one].flatMap { row in (0..<4).map { row[$0] } }
        var x = (0..<4).map { right[$0] }
        let largest = (0..<4).map { upper[5 * $0] }.max() ?? 0
        for i in 0..<4 {
            for k in 0..<i { upper[5 * i] -= upper[4 * k + i] * upper[4 * k + i] }
            guard upper[5 * i] > 1e-13 * largest else { return nil }
            upper[5 * i] = upper[5 * i].squareRoot()
            for j in i + 1..<4 {
                for k in 0..<i { upper[4 * i + j] -= upper[4 * k + i] * upper[4 * k + j] }
                upper[4 * i + j] /= upper[5 * i]
            }
        }
        for i in 0..<4 {
            for k in 0..<i { x[i] -= upper[4 * k + i] * x[k] }
            x[i] /= upper[5 * i]
        }
        for i in (0..<4).reversed() {
            for k in i + 1..<4 { x[i] -= upper[4 * i + k] * x[k] }
            x[i] /= upper[5 * i]
        }
        return LinearFunction(slope: Vector3D(x[0], x[1], x[2]), constant: x[3])
    }
}

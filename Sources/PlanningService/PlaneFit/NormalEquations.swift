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
    /// Upper triangle of the symmetric 4 × 4 matrix, and the right side, over (x, y, z, 1).
    private var matrix = [Double](repeating: 0, count: 16)
    private var right = [Double](repeating: 0, count: 4)

    mutating func add(_ point: Vector3D, _ value: Double, weight: Double) {
        let terms = (point.x, point.y, point.z, 1.0)
        withUnsafeBytes(of: terms) { raw in
            let terms = raw.bindMemory(to: Double.self)
            for i in 0..<4 {
                let weighted = weight * terms[i]
                for j in i..<4 { matrix[4 * i + j] += weighted * terms[j] }
                right[i] += weighted * value
            }
        }
    }

    /// By Cholesky's decomposition; nil where the points do not span space.
    func solution() -> LinearFunction? {
        var upper = matrix
        var x = right
        let largest = (0..<4).map { matrix[5 * $0] }.max() ?? 0
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

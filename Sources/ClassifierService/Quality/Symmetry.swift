import Foundation
import Imaging

extension GreyThumbnail {
    /// How much the left half mirrors the right one: the correlation, −1…1, about the best near-vertical axis (within
    /// 12° and a fifth of the width), with the rows' means removed so that only differences across count.
    ///
    /// Near 1 for a frontal chest, whose lungs lie on both sides of the spine; low for a lateral one, with the spine on
    /// one side and the breastbone on the other, and where one side is opaque.
    package var symmetry: Double {
        let across = removingRowMeans
        let tilts = Array(stride(from: -12.0, through: 12, by: 4))
        let best = concurrentMap(tilts.count) { tilt in
            (-size / 5...size / 5).reduce(-1.0) { best, offset in
                max(best, across.correlationWithMirror(radians: tilts[tilt] * .pi / 180, offset: Double(offset)))
            }
        }
        return best.reduce(-1, max)
    }

    /// Correlation with the mirror image about an axis through (`offset`, 0) from the centre, tilted by `radians`.
    private func correlationWithMirror(radians: Double, offset: Double) -> Double {
        let (nx, ny) = (cos(radians), sin(radians))
        let middle = Double(size - 1) / 2
        var sums = Sums()
        for row in 0..<size {
            for column in 0..<size {
                let (x, y) = (Double(column) - middle, Double(row) - middle)
                let distance = (x - offset) * nx + y * ny
                let mirrored = (
                    column: nearest(x - 2 * distance * nx + middle), row: nearest(y - 2 * distance * ny + middle)
                )
                guard (0..<size).contains(mirrored.column), (0..<size).contains(mirrored.row) else { continue }
                sums.add(
                    Double(cells[row * size + column]), Double(cells[mirrored.row * size + mirrored.column]))
            }
        }
        // An overlap of less than about half the image says little.
        return sums.count < 0.55 * Double(size * size) ? -1 : sums.correlation
    }

    /// The nearest cell. Cutting off rounds numbers that are not negative, without the call that `rounded` may be.
    private func nearest(_ place: Double) -> Int {
        Int(place + Double(4 * size) + 0.5) - 4 * size
    }

    private struct Sums {
        var count = 0.0
        private var a = 0.0
        private var b = 0.0
        private var aa = 0.0
        private var bb = 0.0
        private var ab = 0.0

        mutating func add(_ first: Double, _ second: Double) {
            count += 1
            a += first
            b += second
            aa += first * first
            bb += second * second
            ab += first * second
        }

        var correlation: Double {
            let variances = (aa - a * a / count) * (bb - b * b / count)
            return variances > 1e-12 ? (ab - a * b / count) / variances.squareRoot() : -1
        }
    }
}

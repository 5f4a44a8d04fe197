import Dispatch
import Foundation

extension Volume {
    /// The volume's values on another grid, smoothed first along every axis on which the grid is coarser.
    ///
    /// The smoothing makes the voxels' point spread as wide as the coarser grid's, a Gaussian of
    /// σ² = (s² − v²) / (8 ln 2) for target spacing s and voxel spacing v (Cardoso et al. 2015,
    /// doi:10.1007/978-3-319-24571-3_81), so that nothing finer than the grid is left to alias.
    ///
    /// - Returns: values (0 outside the volume) and which of them lie inside, both in the order of `Grid`.
    package func resampled(onto target: Grid) -> (values: [Float], inside: [Bool]) {
        antialiased(for: target).sampled(on: target)
    }

    /// Voxels of equal sides in mm with axes along left, back and head, covering the whole volume.
    package func resampled(isotropic spacing: Double, limits: VolumeLimits = VolumeLimits()) throws(VolumeError)
        -> Volume
    {
        guard spacing.isFinite, spacing > 0 else { throw .invalidValue(keyword: "spacing") }
        func count(_ direction: Vector3D) throws(VolumeError) -> Int {
            let count = (grid.extent(along: direction) / spacing).rounded(.up)
            guard count <= Double(limits.maxVoxels) else {
                throw .tooManyVoxels(found: limits.maxVoxels + 1, limit: limits.maxVoxels)
            }
            return max(1, Int(count))
        }
        let columns = try count(.left)
        let rows = try count(.posterior)
        let slices = try count(.head)
        guard let total = columns.multiplied(by: rows, slices), total <= limits.maxVoxels else {
            throw .tooManyVoxels(found: limits.maxVoxels + 1, limit: limits.maxVoxels)
        }
        let target = Grid.isotropic(
            columns: columns, rows: rows, slices: slices, spacingMillimetres: spacing, center: grid.center)
        return Volume(
            grid: target, voxels: resampled(onto: target).values, frameOfReferenceUID: frameOfReferenceUID,
            source: source, appliedSteps: appliedSteps + ["resampled to \(spacing) mm voxels"])
    }

    private func antialiased(for target: Grid) -> Volume {
        var smoothed = voxels
        let steps = [affine.columnStep, affine.rowStep, affine.sliceStep]
        for (axis, step) in steps.enumerated() {
            let spacing = target.spacing(along: step)
            let excess = spacing * spacing - step.dot(step)
            guard excess > 1e-9 else { continue }
            let sigma = (excess / (8 * log(2))).squareRoot() / step.length
            smoothed = smoothed.smoothed(along: axis, of: grid, sigmaVoxels: sigma)
        }
        return Volume(grid: grid, voxels: smoothed)
    }
}

extension Grid {
    /// Distance between voxel centres along a direction, mm: that of the axis which lies closest to it.
    fileprivate func spacing(along direction: Vector3D) -> Double {
        let steps = [affine.columnStep, affine.rowStep, affine.sliceStep]
        let closest = steps.min { $0.degreesBetweenLines(direction) < $1.degreesBetweenLines(direction) }
        return closest?.length ?? 0
    }
}

extension Int {
    /// The product, nil where it does not fit.
    func multiplied(by factors: Int...) -> Int? {
        var product = self
        for factor in factors {
            let (next, overflow) = product.multipliedReportingOverflow(by: factor)
            guard !overflow else { return nil }
            product = next
        }
        return product
    }
}

extension [Float] {
    /// Gaussian along one axis (0: columns, 1: rows, 2: slices); at the ends the kernel is cut and renormalised.
    fileprivate func smoothed(along axis: Int, of grid: Grid, sigmaVoxels sigma: Double) -> [Float] {
        let count = [grid.columns, grid.rows, grid.slices][axis]
        let radius = Swift.min(Int((3 * sigma).rounded(.up)), count - 1)
        guard radius > 0 else { return self }
        let kernel = GaussianKernel(sigma: sigma, radius: radius, count: count)
        let stride = [1, grid.columns, grid.columns * grid.rows][axis]
        return [Float](unsafeUninitializedCapacity: self.count) { result, initialized in
            initialized = self.count
            self.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let to = result.baseAddress else { return }
                nonisolated(unsafe) let (source, result) = (from, to)  // pieces that do not overlap
                if stride == 1 {
                    let rows = self.count / count
                    let piece = 64
                    DispatchQueue.concurrentPerform(iterations: (rows + piece - 1) / piece) { index in
                        for row in index * piece..<Swift.min(rows, (index + 1) * piece) {
                            kernel.smoothRow(source + row * count, to: result + row * count)
                        }
                    }
                } else {
                    // Index = outer·stride·count + position·stride + inner; inner runs over contiguous values.
                    let piece = 256
                    let pieces = (stride + piece - 1) / piece
                    DispatchQueue.concurrentPerform(iterations: self.count / (stride * count) * pieces) { index in
                        let first = index % pieces * piece
                        let base = index / pieces * stride * count + first
                        kernel.smoothLines(
                            source + base, to: result + base, lines: Swift.min(piece, stride - first), stride: stride)
                    }
                }
            }
        }
    }
}

/// A Gaussian for lines of `count` values.
private struct GaussianKernel {
    private let count: Int
    private let radius: Int
    /// By distance from the centre.
    private let kernel: [Float]
    /// Sums of the weights that lie on the line, by position.
    private let sums: [Float]

    init(sigma: Double, radius: Int, count: Int) {
        let kernel = (0...radius).map { Float(exp(-Double($0 * $0) / (2 * sigma * sigma))) }
        sums = (0..<count).map { center in
            (max(0, center - radius)...min(count - 1, center + radius))
                .reduce(Float(0)) { $0 + kernel[abs($1 - center)] }
        }
        self.kernel = kernel
        self.radius = radius
        self.count = count
    }

    private func weight(_ other: Int, at position: Int) -> Float { kernel[abs(other - position)] / sums[position] }

    private func reach(_ position: Int) -> ClosedRange<Int> {
        max(0, position - radius)...min(count - 1, position + radius)
    }

    /// Lines side by side: value `position` of line i is at `position * stride + i`.
    func smoothLines(
        _ source: UnsafePointer<Float>, to result: UnsafeMutablePointer<Float>, lines: Int, stride: Int
    ) {
        typealias Vector = SIMD16<Float>
        for position in 0..<count {
            let reach = reach(position)
            let weights = reach.map { weight($0, at: position) }
            let (from, to) = (source + reach.lowerBound * stride, result + position * stride)
            var line = 0
            while line + Vector.scalarCount <= lines {
                var sum = Vector.zero
                for (tap, weight) in weights.enumerated() {
                    sum += weight * UnsafeRawPointer(from + tap * stride + line).loadUnaligned(as: Vector.self)
                }
                UnsafeMutableRawPointer(to + line).storeBytes(of: sum, as: Vector.self)
                line += Vector.scalarCount
            }
            while line < lines {
                to[line] = weights.enumerated().reduce(Float(0)) { $0 + $1.element * from[$1.offset * stride + line] }
                line += 1
            }
        }
    }

    /// One line of contiguous values. Away from the ends all positions have the same weights, so that a tap is a loop
    /// over contiguous values.
    func smoothRow(_ source: UnsafePointer<Float>, to result: UnsafeMutablePointer<Float>) {
        let inside = min(radius, count)..<max(min(radius, count), count - radius)
        for position in 0..<count where !inside.contains(position) {
            result[position] = reach(position).reduce(Float(0)) { $0 + weight($1, at: position) * source[$1] }
        }
        guard let middle = inside.first else { return }
        for position in inside { result[position] = 0 }
        for tap in -radius...radius {
            let weight = weight(middle + tap, at: middle)
            for position in inside { result[position] += weight * source[position + tap] }
        }
    }
}

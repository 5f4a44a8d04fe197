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
        let stride = [1, grid.columns, grid.columns * grid.rows][axis]
        let radius = Swift.min(Int((3 * sigma).rounded(.up)), count - 1)
        guard radius > 0 else { return self }
        let kernel = (0...radius).map { Float(exp(-Double($0 * $0) / (2 * sigma * sigma))) }
        let weights = (0..<count).map { center in
            (Swift.max(0, center - radius)...Swift.min(count - 1, center + radius))
                .reduce(Float(0)) { $0 + kernel[abs($1 - center)] }
        }
        if stride == 1 { return smoothed(rows: count, radius: radius, kernel: kernel, weights: weights) }
        return [Float](unsafeUninitializedCapacity: self.count) { result, initialized in
            self.withUnsafeBufferPointer { source in
                // Index = outer·stride·count + position·stride + inner; inner runs over contiguous values.
                for base in Swift.stride(from: 0, to: self.count, by: stride * count) {
                    for position in 0..<count {
                        let row = base + position * stride
                        for inner in 0..<stride { result[row + inner] = 0 }
                        for other in Swift.max(0, position - radius)...Swift.min(count - 1, position + radius) {
                            let weight = kernel[abs(other - position)] / weights[position]
                            let from = base + other * stride
                            for inner in 0..<stride { result[row + inner] += weight * source[from + inner] }
                        }
                    }
                }
            }
            initialized = self.count
        }
    }

    /// The same along the columns. Away from the ends all positions have the same weights, so that a tap is a loop over
    /// contiguous values.
    private func smoothed(rows count: Int, radius: Int, kernel: [Float], weights: [Float]) -> [Float] {
        [Float](unsafeUninitializedCapacity: self.count) { result, initialized in
            self.withUnsafeBufferPointer { source in
                let inside = Swift.min(radius, count)..<Swift.max(Swift.min(radius, count), count - radius)
                let whole = (-radius...radius).map { kernel[abs($0)] / weights[inside.first ?? 0] }
                for row in Swift.stride(from: 0, to: self.count, by: count) {
                    for position in 0..<count where !inside.contains(position) {
                        var sum: Float = 0
                        for other in Swift.max(0, position - radius)...Swift.min(count - 1, position + radius) {
                            sum += kernel[abs(other - position)] / weights[position] * source[row + other]
                        }
                        result[row + position] = sum
                    }
                    for position in inside { result[row + position] = 0 }
                    for (tap, weight) in whole.enumerated() {
                        let from = row + tap - radius
                        for position in inside { result[row + position] += weight * source[from + position] }
                    }
                }
            }
            initialized = self.count
        }
    }
}

extension Volume {
    /// The volume's values on another grid, smoothed first along every axis on which the grid is coarser.
    ///
    /// The smoothing makes the voxels' point spread as wide as the coarser grid's, a Gaussian of
    /// σ² = (s² − v²) / (8 ln 2) for target spacing s and voxel spacing v (Cardoso et al. 2015,
    /// doi:10.1007/978-3-319-24571-3_81), so that nothing finer than the grid is left to alias.
    ///
    /// - Returns: values (0 outside the volume) and which of them lie inside, both in the order of `Grid`.
    package func resampled(onto target: Grid) -> (values: [Float], inside: [Bool]) {
        let steps = [affine.columnStep, affine.rowStep, affine.sliceStep]
        let lines = zip(steps, extent).map { step, count in
            SmoothedLine(count: count, spacing: step.length, targetSpacing: target.spacing(along: step))
        }
        return SmoothedSampling(volume: self, target: target, lines: lines).values()
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

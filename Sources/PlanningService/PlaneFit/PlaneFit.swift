package import Imaging

/// The plane on which a distance map is zero, with the numbers that say how far to trust it.
package struct PlaneFit: Equatable, Sendable {
    /// Unit normal, in the direction in which the map rises.
    package let normal: Vector3D
    /// `normal`·x for every x on the plane, mm.
    package let offset: Double
    /// Length of the map's gradient |a|, mm per mm: 1 for a perfect map.
    package let gradient: Double
    /// Weighted root mean square of map minus fit over the band, mm; outliers weigh nothing.
    package let residualMillimetres: Double
    /// Share of the band's voxels within `PlaneFitter.inlierMillimetres` of the fit.
    package let inlierFraction: Double
    /// Voxels in the band around the plane.
    package let voxelCount: Int
    /// Whether least squares sufficed or a consensus of random draws was needed.
    package let method: Method

    package enum Method: String, Sendable { case leastSquares, consensus }

    package init(
        normal: Vector3D, offset: Double, gradient: Double, residualMillimetres: Double, inlierFraction: Double,
        voxelCount: Int, method: Method
    ) {
        self.normal = normal
        self.offset = offset
        self.gradient = gradient
        self.residualMillimetres = residualMillimetres
        self.inlierFraction = inlierFraction
        self.voxelCount = voxelCount
        self.method = method
    }

    /// Signed distance of a point to the plane, mm.
    package func distance(to point: Vector3D) -> Double { normal.dot(point) - offset }

    /// The point of the plane nearest to a given one.
    package func nearest(to point: Vector3D) -> Vector3D { point - normal * distance(to: point) }

    /// The same plane seen from the other side.
    package var flipped: PlaneFit {
        PlaneFit(
            normal: -normal, offset: -offset, gradient: gradient, residualMillimetres: residualMillimetres,
            inlierFraction: inlierFraction, voxelCount: voxelCount, method: method)
    }
}

/// All points within a distance of a centre, LPS mm.
package struct Ball: Equatable, Sendable {
    package let center: Vector3D
    package let radius: Double

    package init(center: Vector3D, radiusMillimetres: Double) {
        self.center = center
        radius = radiusMillimetres
    }

    func contains(_ point: Vector3D) -> Bool {
        let offset = point - center
        return offset.dot(offset) <= radius * radius
    }
}

/// Fits a linear function a·x + b to a truncated distance map: robust weighted least squares in LPS mm, in double
/// precision, so that anisotropic and oblique grids need nothing special.
///
/// 1. Band: voxels inside the volume whose value is below `bandFraction` of the truncation.
/// 2. Weight (1 − |d|/T)², refined by iteratively reweighted least squares with Tukey's biweight; from the second
///    pass on the band is chosen by the fit, not by the noisy values, which would flatten the slope.
/// 3. Where that leaves few inliers, or a gradient far from 1, draws of four voxels with a fixed seed look for the
///    function most voxels agree with, and step 2 starts from there.
package struct PlaneFitter: Sendable {
    /// Voxels closer to the plane than this share of the truncation take part.
    package static let bandFraction = 0.7
    /// A voxel this close to the fit agrees with it, mm.
    package static let inlierMillimetres = 4.0
    /// Fewer voxels in the band do not make a plane.
    package static let minVoxels = 50
    /// With fewer in the band, no voxel is left out.
    private static let minThinnedVoxels = 1000
    /// Below this share of inliers, or outside these gradients, consensus is tried.
    static let consensusBelowInliers = 0.7
    static let plausibleGradients = 0.6...1.4

    /// The same draws for the same map, always.
    private static let seed: UInt64 = 0x48_69_6c_75_6d
    private static let draws = 400
    private static let drawnSample = 3000
    private static let passes = 30
    /// Refined no further once a pass changes no coefficient by more than this, relative to the slope.
    private static let converged = 1e-7
    /// Tukey's constant: 95 % efficiency for normal noise.
    private static let tukey = 4.685

    private let points: [Vector3D]
    private let values: [Double]
    private let truncation: Double
    private let center: Vector3D
    private let scale: Double

    /// Nil where fewer than `minVoxels` voxels lie in the band.
    ///
    /// - Parameters:
    ///   - region: only voxels in this ball take part; nil: all inside the volume.
    ///   - spacing: voxels about this far apart along each axis take part, mm; all do where too few would, or where
    ///     the grid is coarser.
    package static func fit(
        _ map: DistanceMap, in region: Ball? = nil, spacingMillimetres spacing: Double = 0
    ) -> PlaneFit? {
        let steps = map.grid.steps(apart: spacing)
        guard let fitter = PlaneFitter(map, region, steps) ?? PlaneFitter(map, region, (1, 1, 1)) else { return nil }
        let start = fitter.solve { _, value in fitter.bandWeight(value) }
        let direct = start.flatMap { fitter.refined($0) }.flatMap { fitter.measured($0, method: .leastSquares) }
        if let direct, direct.inlierFraction >= consensusBelowInliers, plausibleGradients.contains(direct.gradient) {
            return direct
        }
        let consensus = fitter.consensus().flatMap { fitter.refined($0) }
            .flatMap { fitter.measured($0, method: .consensus) }
        guard let consensus else { return direct }
        guard let direct else { return consensus }
        return consensus.inlierFraction > direct.inlierFraction ? consensus : direct
    }

    /// Gathers the voxels inside the volume and region; coordinates are centred on the band and scaled to about 1.
    ///
    /// - Parameter steps: every how manieth voxel along columns, rows and slices takes part.
    private init?(_ map: DistanceMap, _ region: Ball?, _ steps: (Int, Int, Int)) {
        let grid = map.grid
        var points = [Vector3D]()
        var values = [Double]()
        var bandSum = Vector3D.zero
        var bandCount = 0
        for slice in stride(from: 0, to: grid.slices, by: steps.2) {
            for row in stride(from: 0, to: grid.rows, by: steps.1) {
                for column in stride(from: 0, to: grid.columns, by: steps.0) {
                    let index = (slice * grid.rows + row) * grid.columns + column
                    guard map.inside[index] else { continue }
                    let value = Double(map[index])
                    guard value.isFinite else { continue }
                    let point = grid.affine.point(Vector3D(Double(column), Double(row), Double(slice)))
                    guard region?.contains(point) ?? true else { continue }
                    points.append(point)
                    values.append(value)
                    if abs(value) < Self.bandFraction * map.truncation {
                        bandSum = bandSum + point
                        bandCount += 1
                    }
                }
            }
        }
        guard bandCount >= (steps == (1, 1, 1) ? Self.minVoxels : Self.minThinnedVoxels) else { return nil }
        let center = bandSum / Double(bandCount)
        let meanSquare = points.reduce(0) { $0 + ($1 - center).dot($1 - center) } / Double(points.count)
        let scale = max(meanSquare.squareRoot(), 1e-9)
        self.points = points.map { ($0 - center) / scale }
        self.values = values
        self.center = center
        self.scale = scale
        truncation = map.truncation
    }

    /// (1 − |d|/T)² within the band, 0 beyond.
    private func bandWeight(_ distance: Double) -> Double {
        let share = abs(distance) / truncation
        return share < Self.bandFraction ? (1 - share) * (1 - share) : 0
    }

    /// Weighted least squares; `weight` is given a voxel's index and value.
    @inline(__always)
    private func solve(weight: (Int, Double) -> Double) -> LinearFunction? {
        var equations = NormalEquations()
        points.withUnsafeBufferPointer { points in
            values.withUnsafeBufferPointer { values in
                for index in points.indices {
                    let weight = weight(index, values[index])
                    if weight > 0 { equations.add(points[index], values[index], weight: weight) }
                }
            }
        }
        return equations.solution()
    }

    /// Iteratively reweighted least squares from a first guess.
    private func refined(_ first: LinearFunction) -> LinearFunction? {
        var function = first
        for _ in 0..<Self.passes {
            let fitted = fitted(by: function)
            let residuals = residuals(inBandOf: fitted)
            guard residuals.count >= Self.minVoxels else { return nil }
            let cut = Self.tukey * Self.robustSigma(residuals)
            let next = solve { index, value in
                let ratio = (value - fitted[index]) / cut
                guard abs(ratio) < 1 else { return 0 }
                let tukey = 1 - ratio * ratio
                return bandWeight(fitted[index]) * tukey * tukey
            }
            guard let next else { return nil }
            let change = next.change(from: function)
            function = next
            if change < Self.converged { break }
        }
        return function
    }

    private func fitted(by function: LinearFunction) -> [Double] {
        [Double](unsafeUninitializedCapacity: points.count) { fitted, count in
            points.withUnsafeBufferPointer { points in
                for index in points.indices { fitted[index] = function.value(at: points[index]) }
            }
            count = points.count
        }
    }

    /// How far the map is from the fit in each voxel of the fit's band.
    private func residuals(inBandOf fitted: [Double]) -> [Double] {
        let reach = Self.bandFraction * truncation
        return [Double](unsafeUninitializedCapacity: fitted.count) { residuals, count in
            values.withUnsafeBufferPointer { values in
                fitted.withUnsafeBufferPointer { fitted in
                    for index in fitted.indices where abs(fitted[index]) < reach {
                        residuals[count] = abs(values[index] - fitted[index])
                        count += 1
                    }
                }
            }
        }
    }

    /// Median absolute residual as a standard deviation, with a floor that keeps exact maps solvable, mm.
    private static func robustSigma(_ absoluteResiduals: [Double]) -> Double {
        let median = OrderStatistics.values(atRanks: [absoluteResiduals.count / 2], of: absoluteResiduals)[0]
        return max(1.4826 * median, 1e-3)
    }

    /// The function that most voxels near its plane agree with, of `draws` through four voxels each.
    private func consensus() -> LinearFunction? {
        let band = points.indices.filter { bandWeight(values[$0]) > 0 }
        guard band.count >= Self.minVoxels else { return nil }
        var random = SplitMix64(state: Self.seed)
        let sample = (0..<min(Self.drawnSample, points.count)).map { _ in random.next(below: points.count) }
        var best: (function: LinearFunction, agreeing: Int)?
        for _ in 0..<Self.draws {
            var equations = NormalEquations()
            for _ in 0..<4 {
                let index = band[random.next(below: band.count)]
                equations.add(points[index], values[index], weight: 1)
            }
            guard let function = equations.solution(),
                Self.plausibleGradients.contains(function.slope.length / scale)
            else { continue }
            let agreeing = sample.count { index in
                let fitted = function.value(at: points[index])
                return bandWeight(fitted) > 0 && abs(fitted - values[index]) < Self.inlierMillimetres
            }
            if agreeing > best?.agreeing ?? 0 { best = (function, agreeing) }
        }
        return best?.function
    }

    /// The function as a plane in LPS mm with its figures.
    private func measured(_ function: LinearFunction, method: PlaneFit.Method) -> PlaneFit? {
        let gradient = function.slope.length / scale
        guard gradient > 1e-6, let normal = function.slope.normalized else { return nil }
        let fitted = fitted(by: function)
        let band = points.indices.filter { bandWeight(fitted[$0]) > 0 }
        guard band.count >= Self.minVoxels else { return nil }
        let residuals = band.map { abs(values[$0] - fitted[$0]) }
        let cut = Self.tukey * Self.robustSigma(residuals)
        var weighted = 0.0
        var weights = 0.0
        for (index, residual) in zip(band, residuals) where residual < cut {
            let weight = bandWeight(fitted[index])
            weighted += weight * residual * residual
            weights += weight
        }
        return PlaneFit(
            normal: normal, offset: normal.dot(center) - function.constant / gradient, gradient: gradient,
            residualMillimetres: weights > 0 ? (weighted / weights).squareRoot() : .infinity,
            inlierFraction: Double(residuals.count { $0 < Self.inlierMillimetres }) / Double(band.count),
            voxelCount: band.count, method: method)
    }
}

extension Grid {
    /// Every how manieth voxel along columns, rows and slices lies about `spacing` from the last, mm.
    fileprivate func steps(apart spacing: Double) -> (Int, Int, Int) {
        func step(_ axis: Vector3D) -> Int { max(1, Int((spacing / axis.length).rounded())) }
        return (step(affine.columnStep), step(affine.rowStep), step(affine.sliceStep))
    }
}

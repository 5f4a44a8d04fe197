import Foundation

/// One image of a series with what is needed to place it.
package struct Slice: Equatable, Sendable {
    package let plane: ImagePlane
    package let seriesInstanceUID: String
    package let frameOfReferenceUID: String
    /// Its place in the input: file or frame number, from 0.
    package let index: Int

    package init(plane: ImagePlane, seriesInstanceUID: String, frameOfReferenceUID: String, index: Int) {
        self.plane = plane
        self.seriesInstanceUID = seriesInstanceUID
        self.frameOfReferenceUID = frameOfReferenceUID
        self.index = index
    }
}

/// Slices in order along their common normal, checked to lie at even distances on one straight line.
package struct SliceStack: Equatable, Sendable {
    /// Input indices in order along the normal.
    package let order: [Int]
    package let grid: Grid
    package let frameOfReferenceUID: String

    /// Rounding that files may show; anything beyond is an error that says how much.
    package enum Tolerance {
        /// Between the normals or rows of two slices, degrees.
        package static let orientationDegrees = 0.1
        /// Of the distance between slices, as a share of it, but at least `spacingMillimetres`.
        package static let spacingFraction = 0.01
        package static let spacingMillimetres = 0.02
        /// Between pixel spacings, as a share of them.
        package static let pixelSpacingFraction = 1e-3
        /// Two images closer than this share of the usual distance lie at one place.
        package static let duplicateFraction = 0.01
        package static let duplicateMillimetres = 1e-3
    }

    /// - Throws: the `VolumeError` that names the first thing wrong, in the order: series, frame of reference,
    ///   size, orientation, pixel spacing, count, duplicates, missing slices, spacing, alignment.
    package init(_ slices: [Slice], minSlices: Int = 2) throws(VolumeError) {
        guard let first = slices.first else { throw .noInstances }
        try Self.checkOneOfEach(slices)
        try Self.checkSamePlane(slices, as: first.plane)
        let required = max(2, minSlices)
        guard slices.count >= required else { throw .tooFewSlices(found: slices.count, required: required) }

        let normal = first.plane.normal
        let sorted = slices.sorted {
            ($0.plane.position.dot(normal), $0.index) < ($1.plane.position.dot(normal), $1.index)
        }
        try Self.checkSpacing(sorted.map { $0.plane.position.dot(normal) }, required: required)
        order = sorted.map(\.index)
        frameOfReferenceUID = first.frameOfReferenceUID
        grid = try Self.grid(through: sorted)
    }

    private static func checkOneOfEach(_ slices: [Slice]) throws(VolumeError) {
        let series = Set(slices.map(\.seriesInstanceUID)).count
        guard series == 1 else { throw .mixedSeries(found: series) }
        let frames = Set(slices.map(\.frameOfReferenceUID)).count
        guard frames == 1 else { throw .mixedFrameOfReference(found: frames) }
    }

    private static func checkSamePlane(_ slices: [Slice], as first: ImagePlane) throws(VolumeError) {
        for plane in slices.lazy.map(\.plane) where (plane.rows, plane.columns) != (first.rows, first.columns) {
            throw .mixedSize(
                expectedRows: first.rows, expectedColumns: first.columns, foundRows: plane.rows,
                foundColumns: plane.columns)
        }
        let angle = slices.map { max($0.plane.row.degrees(to: first.row), $0.plane.column.degrees(to: first.column)) }
        if let largest = angle.max(), largest > Tolerance.orientationDegrees {
            throw .mixedOrientation(degrees: largest)
        }
        for plane in slices.lazy.map(\.plane) {
            for (expected, found) in [
                (first.rowSpacing, plane.rowSpacing), (first.columnSpacing, plane.columnSpacing),
            ] where abs(found - expected) > Tolerance.pixelSpacingFraction * expected {
                throw .mixedPixelSpacing(expected: expected, found: found)
            }
        }
    }

    /// - Parameter positions: along the normal, mm, ascending.
    private static func checkSpacing(_ positions: [Double], required: Int) throws(VolumeError) {
        let distances = zip(positions.dropFirst(), positions).map { $0 - $1 }
        let usual = median(distances.filter { $0 > Tolerance.duplicateMillimetres })
        let together = max(Tolerance.duplicateMillimetres, Tolerance.duplicateFraction * usual)
        if let slice = distances.firstIndex(where: { $0 <= together }) {
            let images = distances.filter { $0 <= together }.count
            throw .duplicatePosition(images: images, slice: slice)
        }
        let tolerance = max(Tolerance.spacingMillimetres, Tolerance.spacingFraction * usual)
        for (slice, distance) in distances.enumerated() where abs(distance - usual) > tolerance {
            let steps = (distance / usual).rounded()
            if steps >= 2, abs(distance - steps * usual) <= steps * tolerance {
                throw .missingSlices(
                    missing: Int(steps) - 1, expected: usual, found: distance, afterSlice: slice)
            }
            throw .unevenSpacing(expected: usual, found: distance, afterSlice: slice)
        }
    }

    private static func median(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.sorted()[values.count / 2]
    }

    /// The slice step goes from the first slice to the last, so that it follows stacks that lean.
    private static func grid(through sorted: [Slice]) throws(VolumeError) -> Grid {
        guard let first = sorted.first?.plane, let last = sorted.last?.plane else { throw .noInstances }
        let step = (last.position - first.position) / Double(sorted.count - 1)
        let offsets = sorted.enumerated().map { slice, found in
            (found.plane.position - (first.position + step * Double(slice))).length
        }
        let tolerance = max(Tolerance.spacingMillimetres, Tolerance.spacingFraction * step.length)
        if let offset = offsets.max(), offset > tolerance { throw .unalignedSlices(offset: offset) }
        let affine = Affine(
            columnStep: first.row * first.columnSpacing, rowStep: first.column * first.rowSpacing, sliceStep: step,
            origin: first.position)
        guard affine.isInvertible else { throw .invalidValue(keyword: "ImagePositionPatient") }
        return Grid(columns: first.columns, rows: first.rows, slices: sorted.count, affine: affine)
    }
}

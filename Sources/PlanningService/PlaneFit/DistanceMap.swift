package import Imaging

/// One view's signed distance map: at each voxel centre x of the grid, n·(x − p) in mm for the plane through p with
/// unit normal n, cut off at ±`truncation`.
package struct DistanceMap: Sendable {
    package let grid: Grid
    /// In the order of `Grid`, of which each stands for `scale` mm: a network's output, not copied.
    private let values: ArraySlice<Float>
    private let scale: Float
    /// Which voxels lie inside the source volume; only these take part in the fit.
    package let inside: [Bool]
    /// Where the map is cut off, mm.
    package let truncation: Double

    package init(
        grid: Grid, values: ArraySlice<Float>, scaleMillimetres: Double = 1, inside: [Bool]? = nil,
        truncationMillimetres: Double
    ) {
        precondition(values.count == grid.voxelCount && truncationMillimetres > 0, "values do not fill the grid")
        precondition(inside == nil || inside?.count == values.count, "mask does not fill the grid")
        self.grid = grid
        self.values = values
        scale = Float(scaleMillimetres)
        self.inside = inside ?? Array(repeating: true, count: values.count)
        truncation = truncationMillimetres
    }

    /// The distance at a voxel, mm.
    package subscript(index: Int) -> Float { values[values.startIndex + index] * scale }

    /// All distances, in the order of `Grid`, mm.
    package var millimetres: [Float] { values.map { $0 * scale } }
}

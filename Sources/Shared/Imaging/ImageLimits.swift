/// Bounds on what outside bytes may make us allocate or do. Every declared size is held against them first.
package struct ImageLimits: Sendable, Equatable {
    /// Of rows and of columns each.
    package var maxDimension = 16_384
    /// Rows · columns · samples a pixel of one frame.
    package var maxSamplesPerFrame = 48 << 20
    /// Rows · columns · frames of one image.
    package var maxPixels = 96 << 20
    package var maxFrames = 16_384
    /// A deflated data set may grow to this.
    package var maxInflatedBytes = 384 << 20
    /// Elements and items of one data set, those of nested sequences included.
    package var maxElements = 1 << 20

    package init() {}

    /// The limits used where none are given.
    package static let standard = ImageLimits()

    /// For work that has one frame of an image in memory at a time.
    var ofOneFrame: ImageLimits {
        var limits = self
        limits.maxPixels = .max
        return limits
    }

    /// - Throws: `ImagingError.limitExceeded` naming what is too large.
    package func check(rows: Int, columns: Int, samplesPerPixel: Int = 1, frames: Int = 1) throws(ImagingError) {
        try check(rows, maxDimension, "Rows")
        try check(columns, maxDimension, "Columns")
        try check(frames, maxFrames, "NumberOfFrames")
        try check(rows * columns * samplesPerPixel, maxSamplesPerFrame, "Rows × Columns × SamplesPerPixel")
        try check(rows * columns * frames, maxPixels, "Rows × Columns × NumberOfFrames")
    }

    private func check(_ found: Int, _ limit: Int, _ what: String) throws(ImagingError) {
        guard found <= limit else { throw .limitExceeded(what: what, found: found, limit: limit) }
    }
}

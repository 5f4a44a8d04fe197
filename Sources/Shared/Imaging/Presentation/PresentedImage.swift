/// An image as a radiologist would see it: windowed, and bone bright.
package struct PresentedImage: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    /// 0…1, row by row; bright is white on a conventional radiograph. Padding is 0.
    package let content: PixelRows
    /// The exposed part; what is outside stays in `content`.
    package let field: ImageRegion
    /// Everything done since the file, in words with numbers.
    package let appliedSteps: [String]

    package init(rows: Int, columns: Int, pixels: [Float], field: ImageRegion, appliedSteps: [String]) {
        precondition(pixels.count == rows * columns)
        self.init(rows: rows, columns: columns, content: .numbers(pixels), field: field, appliedSteps: appliedSteps)
    }

    init(rows: Int, columns: Int, content: PixelRows, field: ImageRegion, appliedSteps: [String]) {
        self.rows = rows
        self.columns = columns
        self.content = content
        self.field = field
        self.appliedSteps = appliedSteps
    }

    /// `content` as numbers; made anew at every call where it is words.
    package var pixels: [Float] { content.numbers(count: rows * columns) }

    package static func == (left: PresentedImage, right: PresentedImage) -> Bool {
        left.rows == right.rows && left.columns == right.columns && left.field == right.field
            && left.appliedSteps == right.appliedSteps && left.pixels == right.pixels
    }
}

extension DecodedImage {
    /// Applies what the file says about display: padding mask, VOI LUT or window (without one the 0.5 and 99.5
    /// percentiles inside the exposed field), inversion where low means bright.
    ///
    /// - Throws: `ImagingError.missingAttribute` for a frame that is not there.
    package func presented(frame index: Int = 0) throws(ImagingError) -> PresentedImage {
        guard (0..<frames).contains(index) else { throw .missingAttribute(keyword: Tag.numberOfFrames.keyword) }
        return Presenter(self, frame: index).present()
    }
}

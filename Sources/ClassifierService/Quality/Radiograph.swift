import Imaging

/// A presented image with what the quality gates need to know of it.
package struct Radiograph: Sendable {
    /// Of the whole image.
    package let rows: Int
    /// Of the whole image.
    package let columns: Int
    /// 0…1, row by row, bone bright.
    let content: PixelRows
    /// `content` as numbers; made anew at every call where it is words.
    package var pixels: [Float] { content.numbers(count: rows * columns) }
    /// The exposed field inside the collimator, not empty.
    package let fieldRows: Range<Int>
    /// The exposed field inside the collimator, not empty.
    package let fieldColumns: Range<Int>
    /// The range of the stored values (1st to 99th percentile) as a fraction of what their bits can hold; nil where
    /// that cannot be told.
    package let storedRange: Double?
    /// BodyPartExamined (0018,0015), where the header has it.
    package let bodyPartExamined: String?
    /// ViewPosition (0018,5101), where the header has it.
    package let viewPosition: String?

    /// - Parameters:
    ///   - fieldRows, fieldColumns: nil for the whole image.
    package init(
        rows: Int, columns: Int, pixels: [Float], fieldRows: Range<Int>? = nil, fieldColumns: Range<Int>? = nil,
        storedRange: Double? = nil, bodyPartExamined: String? = nil, viewPosition: String? = nil
    ) {
        let field = ImageRegion(rows: fieldRows ?? 0..<rows, columns: fieldColumns ?? 0..<columns)
        self.init(
            PresentedImage(rows: rows, columns: columns, pixels: pixels, field: field, appliedSteps: []),
            storedRange: storedRange, bodyPartExamined: bodyPartExamined, viewPosition: viewPosition)
    }

    init(_ image: PresentedImage, storedRange: Double?, bodyPartExamined: String?, viewPosition: String?) {
        precondition(image.rows > 0 && image.columns > 0)
        rows = image.rows
        columns = image.columns
        content = image.content
        fieldRows = image.field.rows
        fieldColumns = image.field.columns
        self.storedRange = storedRange
        self.bodyPartExamined = bodyPartExamined
        self.viewPosition = viewPosition
    }
}

/// A presented image with what the quality gates need to know of it.
package struct Radiograph: Sendable {
    /// Of the whole image.
    package let rows: Int
    /// Of the whole image.
    package let columns: Int
    /// 0…1, row by row, bone bright.
    package let pixels: [Float]
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
        precondition(rows > 0 && columns > 0 && pixels.count == rows * columns)
        self.rows = rows
        self.columns = columns
        self.pixels = pixels
        self.fieldRows = fieldRows ?? 0..<rows
        self.fieldColumns = fieldColumns ?? 0..<columns
        self.storedRange = storedRange
        self.bodyPartExamined = bodyPartExamined
        self.viewPosition = viewPosition
    }
}

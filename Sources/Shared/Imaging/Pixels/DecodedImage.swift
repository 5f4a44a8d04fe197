/// An image out of its file: decoded, with the modality LUT applied, before any windowing.
package struct DecodedImage: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    package let frames: Int
    /// After the modality LUT; frame by frame, row by row.
    package let values: [Float]
    package let bitsStored: Int
    /// `MONOCHROME1` or `MONOCHROME2`; colour images have become `MONOCHROME2`.
    package let photometricInterpretation: String
    /// Nil for files that have no header.
    package let metadata: ImageMetadata?
    /// What was done, in words with numbers.
    package var appliedSteps: [String]
    /// What the file says about display; nil: percentiles decide.
    package var voi: VOITransform?
    /// Low values are to be shown bright (PS3.3 §C.7.6.3.1.2, §C.11.6).
    package let isInverted: Bool
    /// True where a pixel is padding and no part of the image (PS3.3 §C.7.5.1.1.2); nil where there is none.
    package let padding: [Bool]?

    package var pixelsPerFrame: Int { rows * columns }

    /// The values of one frame.
    package func frame(_ index: Int) -> ArraySlice<Float> {
        values[(index * pixelsPerFrame)..<((index + 1) * pixelsPerFrame)]
    }
}

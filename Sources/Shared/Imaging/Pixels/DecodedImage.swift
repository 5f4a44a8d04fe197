/// An image out of its file: decoded, with the modality LUT applied, before any windowing.
package struct DecodedImage: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    package let frames: Int
    /// After the modality LUT; frame by frame, row by row.
    let content: PixelRows
    /// Which pixels are padding and no part of the image (PS3.3 §C.7.5.1.1.2); nil where there is none.
    let padded: PaddedPixels?
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

    package var pixelsPerFrame: Int { rows * columns }

    /// `content` as numbers; made anew at every call where it is words.
    package var values: [Float] { content.numbers(count: pixelsPerFrame * frames) }

    /// True where a pixel is padding; nil where there is none. Made anew at every call.
    package var padding: [Bool]? {
        guard let padded else { return nil }
        return content.withReader { reader in (0..<pixelsPerFrame * frames).map { padded.contains($0, of: reader) } }
    }

    /// The values of one frame.
    package func frame(_ index: Int) -> ArraySlice<Float> {
        values[(index * pixelsPerFrame)..<((index + 1) * pixelsPerFrame)]
    }

    /// Values evenly spread over the image, those of padding left out.
    ///
    /// - Parameter count: so many at most.
    package func sample(atMost count: Int) -> [Float] {
        content.withReader { reader in
            evenPlaces(of: pixelsPerFrame * frames, atMost: count).compactMap { index in
                padded?.contains(index, of: reader) ?? false ? nil : reader[index]
            }
        }
    }

    package static func == (left: DecodedImage, right: DecodedImage) -> Bool {
        (left.rows, left.columns, left.frames, left.bitsStored) == (
            right.rows, right.columns, right.frames, right.bitsStored
        )
            && left.photometricInterpretation == right.photometricInterpretation && left.metadata == right.metadata
            && left.appliedSteps == right.appliedSteps && left.voi == right.voi && left.isInverted == right.isInverted
            && left.values == right.values && left.padding == right.padding
    }
}

/// Which pixels of an image are padding.
enum PaddedPixels: Sendable {
    /// Pixel by pixel.
    case pixels([Bool])
    /// By the words of an image of words: 256 or 65536.
    case words([Bool])

    func contains(_ index: Int, of pixels: PixelReader) -> Bool {
        switch self {
        case .pixels(let isPadding): isPadding[index]
        case .words(let isPadding): pixels.word(index).map { isPadding[$0] } ?? false
        }
    }
}

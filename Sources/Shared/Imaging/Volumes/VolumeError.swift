/// Why images do not make one volume. No payload holds patient data.
package enum VolumeError: Error, Equatable, Sendable {
    /// No image was given.
    case noInstances
    /// Fewer slices along the thinnest axis than needed.
    case tooFewSlices(found: Int, required: Int)
    /// More voxels than the limit allows.
    case tooManyVoxels(found: Int, limit: Int)
    /// An attribute that geometry needs is absent. `frame` counts from 0 in a multi-frame image.
    case missingAttribute(keyword: String, frame: Int?)
    /// An attribute has a value that cannot be: not finite, not positive, not orthonormal, wrong count.
    case invalidValue(keyword: String)
    /// Images of several series were given.
    case mixedSeries(found: Int)
    /// Images of several frames of reference: their positions cannot be compared.
    case mixedFrameOfReference(found: Int)
    /// Images of several modalities.
    case mixedModality(found: Int)
    /// The image planes are not parallel; the largest angle between two of them, degrees.
    case mixedOrientation(degrees: Double)
    /// Rows × columns differ.
    case mixedSize(expectedRows: Int, expectedColumns: Int, foundRows: Int, foundColumns: Int)
    /// PixelSpacing differs by more than the tolerance, mm.
    case mixedPixelSpacing(expected: Double, found: Double)
    /// Several images lie at one place; how many images share a place with another, and the first such slice.
    case duplicatePosition(images: Int, slice: Int)
    /// Slices are missing: the distance after `slice` is about `missing + 1` times the others, mm.
    case missingSlices(missing: Int, expected: Double, found: Double, afterSlice: Int)
    /// The distance after `slice` differs from the others, mm.
    case unevenSpacing(expected: Double, found: Double, afterSlice: Int)
    /// The slices do not lie on one straight line; the largest offset from it, mm.
    case unalignedSlices(offset: Double)
    /// A multi-frame image holds several stacks.
    case severalStacks(found: Int)
    /// Several multi-frame images, or a mixture of these and single-frame ones.
    case severalMultiFrameImages(found: Int)
    /// Pixels are not one grey value each.
    case notMonochrome
}

/// The limits of the quality gates; `docs/quality-gates.md` gives each limit's source and the figures of test images.
package struct GateLimits: Equatable, Sendable {
    /// Shorter side of the image, pixels.
    package var minSize = 512
    /// Range from the 1st to the 99th percentile, fraction of full scale.
    package var minRange = 0.05
    /// Pixels at the lowest or at the highest value, fraction of the field.
    package var maxClipped = 0.15
    /// Likeness to the layout of a frontal chest, whichever way up and in whichever polarity.
    package var minChestLikeness = 0.48
    /// Likeness as shown less the likeness inverted.
    package var minPolarityMargin = 0.05
    /// Turn of the image against an upright chest, degrees.
    package var maxRotation = 0
    /// Correlation of the left half with the mirrored right half.
    package var minSymmetry = 0.4

    package init() {}
}

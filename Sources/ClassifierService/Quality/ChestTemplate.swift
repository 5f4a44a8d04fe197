import Foundation
import Imaging

/// How a frontal chest radiograph is laid out, as a drawing: dark lungs on both sides of a bright mediastinum with
/// the heart to the image's right, bright abdomen below, dark air beside the neck and the body.
///
/// The drawing is ours, by the anatomy of an upright adult in inspiration; it is compared at several widths, heights,
/// places and tilts, on ranks of grey values, so neither tone curve nor window matters. It says whether an image is
/// laid out like a frontal chest, which way up, and in which polarity. It says nothing about disease.
package struct ChestTemplate: Sendable {
    /// The likeness of an image to the drawing, −1…1: the better of all variants, for the image as it is and inverted.
    package struct Likeness: Equatable, Sendable {
        /// As it is.
        package let upright: Double
        /// With bright and dark exchanged.
        package let inverted: Double
    }

    /// One variant of the drawing with both of its forms scaled to length one.
    private struct Variant {
        let centred: [Float]
        let doublyCentred: [Float]
    }

    private let variants: [Variant]

    /// Cells along a side of the thumbnails compared.
    package static let size = 32
    /// The drawing in all its variants; made once.
    package static let standard = ChestTemplate()

    private init() {
        var variants: [Variant] = []
        for width in [0.85, 1, 1.15] {
            for height in [0.8, 0.95, 1.1] {
                for x in [-0.08, -0.04, 0, 0.04, 0.08] {
                    for y in [-0.12, -0.06, 0, 0.06, 0.12] {
                        for degrees in [-8.0, 0, 8] {
                            let pose = Pose(width: width, height: height, x: x, y: y, radians: degrees * .pi / 180)
                            let drawing = GreyThumbnail.drawn(size: Self.size) { Self.brightness(pose.undo($0, $1)) }
                            variants.append(
                                Variant(
                                    centred: Self.unit(drawing.centred),
                                    doublyCentred: Self.unit(drawing.doublyCentred)))
                        }
                    }
                }
            }
        }
        self.variants = variants
    }

    /// Compares ranked thumbnails of `size` cells with every variant, on all processors.
    ///
    /// Each comparison is the mean of two correlations: with the whole drawing, and with its rows' and columns' means
    /// removed, so that a gradient or a stripe is not taken for a chest.
    package func likenesses(of ranked: [GreyThumbnail]) -> [Likeness] {
        precondition(ranked.allSatisfy { $0.size == Self.size })
        let (wholes, structures) = (ranked.map(\.centred), ranked.map(\.doublyCentred))
        let lengths = wholes.map(Self.length)
        // An image without structure must not have its noise blown up.
        let structureLengths = zip(structures, lengths).map { max(Self.length($0), 0.15 * $1) }
        let (allWholes, allStructures) = (wholes.flatMap(\.self), structures.flatMap(\.self))
        // A variant is compared with all images while it is in the cache.
        let bands = concurrentMap(4) { band in
            var best = [Float](repeating: -1, count: ranked.count)
            var worst = [Float](repeating: 1, count: ranked.count)
            for variant in variants[variants.count * band / 4..<variants.count * (band + 1) / 4] {
                let whole = MatrixSums.products(of: allWholes, with: variant.centred)
                let structure = MatrixSums.products(of: allStructures, with: variant.doublyCentred)
                for index in ranked.indices {
                    let both = (whole[index] / lengths[index] + structure[index] / structureLengths[index]) / 2
                    best[index] = max(best[index], both)
                    worst[index] = min(worst[index], both)
                }
            }
            return zip(best, worst).map { (best: $0, worst: $1) }
        }
        return ranked.indices.map { index in
            guard lengths[index] > 1e-3 else { return Likeness(upright: 0, inverted: 0) }
            return Likeness(
                upright: Double(bands.map { $0[index].best }.max() ?? 0),
                inverted: Double(-(bands.map { $0[index].worst }.min() ?? 0)))
        }
    }

    /// Where a variant places the drawing.
    private struct Pose {
        let width: Double
        let height: Double
        let x: Double
        let y: Double
        let radians: Double

        /// The point of the drawing that a point of the image shows.
        func undo(_ px: Double, _ py: Double) -> (x: Double, y: Double) {
            let (dx, dy) = (px - x, py - y)
            return (
                (cos(radians) * dx + sin(radians) * dy) / width, (-sin(radians) * dx + cos(radians) * dy) / height
            )
        }
    }

    /// Brightness of the drawing, 0…1, at a point in fractions of the image's sides from its centre.
    private static func brightness(_ point: (x: Double, y: Double)) -> Double {
        let (x, y) = point
        let body = ellipse(x, y, centre: (0, 0.15), radii: (0.47, 0.75), softness: 0.2)
        let lungs = max(
            ellipse(x, y, centre: (-0.22, -0.08), radii: (0.15, 0.32), softness: 0.25),
            ellipse(x, y, centre: (0.22, -0.08), radii: (0.15, 0.32), softness: 0.25))
        let softTissue = 0.15 + 0.45 * body
        let thorax = softTissue * (1 - lungs) + 0.25 * lungs
        let mediastinum = 0.85 * exp(-pow(x / 0.09, 4))
        let heart = 0.85 * ellipse(x, y, centre: (0.06, 0.12), radii: (0.14, 0.14), softness: 0.25)
        let abdomen = 0.9 * body / (1 + exp(-(y - 0.27) / 0.03))
        return max(thorax, mediastinum, heart, abdomen)
    }

    /// 1 inside, 0 outside, with a soft edge.
    private static func ellipse(
        _ x: Double, _ y: Double, centre: (x: Double, y: Double), radii: (x: Double, y: Double), softness: Double
    ) -> Double {
        let distance = hypot((x - centre.x) / radii.x, (y - centre.y) / radii.y)
        return 1 / (1 + exp((distance - 1) * 2 / softness))
    }

    private static func unit(_ cells: [Float]) -> [Float] {
        let length = length(cells)
        return cells.map { $0 / length }
    }

    private static func length(_ cells: [Float]) -> Float {
        MatrixSums.products(of: cells, with: cells)[0].squareRoot()
    }
}

import Imaging

/// Where an image speaks for a finding (Zhou et al. 2016, arXiv:1512.04150): the last feature map, each channel
/// weighted as the classifier weighs its mean.
///
/// The mean of the map plus the classifier's bias is the logit; `scale` (the calibration's `a`) turns it towards the
/// calibrated one, so a map of a calibration with negative slope points at the same thing as its probability.
package struct ClassActivationMap: Equatable, Sendable {
    /// Rows of the feature map.
    package let rows: Int
    /// Columns of the feature map.
    package let columns: Int
    /// Contribution to the calibrated logit, row by row; negative where the image speaks against the finding.
    package let contributions: [Float]

    /// - Parameters:
    ///   - features: `[C, h, w]` of one image.
    ///   - weights: the classifier's row of this finding, `[C]`.
    package init(features: ArraySlice<Float>, rows: Int, columns: Int, weights: ArraySlice<Float>, scale: Float) {
        precondition(rows > 0 && columns > 0 && features.count == weights.count * rows * columns)
        self.rows = rows
        self.columns = columns
        contributions = MatrixSums.weightedRows(of: features, weights: weights.map { scale * $0 })
    }

    /// The map laid over an image: 8-bit grey, 255 where the image speaks most for the finding, 0 where it speaks
    /// against it or not at all.
    ///
    /// The network saw the image centred in a square padded to its longer side; the map is cut back to the image.
    ///
    /// - Parameters:
    ///   - imageRows, imageColumns: of the image classified.
    ///   - longestSide: of the result, at most; its aspect is the image's.
    package func overlay(imageRows: Int, imageColumns: Int, longestSide: Int) -> (
        rows: Int, columns: Int, pixels: [UInt8]
    ) {
        let side = max(imageRows, imageColumns)
        let shrink = min(1, Double(longestSide) / Double(side))
        let outRows = max(1, Int((Double(imageRows) * shrink).rounded()))
        let outColumns = max(1, Int((Double(imageColumns) * shrink).rounded()))
        let strongest = max(contributions.max() ?? 0, 0)
        guard strongest > 0 else { return (outRows, outColumns, [UInt8](repeating: 0, count: outRows * outColumns)) }

        let down = Self.taps(count: outRows, extent: imageRows, side: side, cells: rows)
        let across = Self.taps(count: outColumns, extent: imageColumns, side: side, cells: columns)
        // The cells' rows mixed to full width first: what is left is one mix of two rows a pixel.
        let wide = (0..<rows).flatMap { row in
            across.map { mixed(row * columns + $0.first, row * columns + $0.second, $0.share) * (255 / strongest) }
        }
        let pixels = [UInt8](unsafeUninitializedCapacity: outRows * outColumns) { pixels, count in
            wide.withUnsafeBufferPointer { wide in
                for (row, y) in down.enumerated() {
                    let (first, second) = (y.first * outColumns, y.second * outColumns)
                    for x in 0..<outColumns {
                        let value = wide[first + x] + (wide[second + x] - wide[first + x]) * y.share
                        pixels[row * outColumns + x] = Self.byte(value)
                    }
                }
            }
            count = outRows * outColumns
        }
        return (outRows, outColumns, pixels)
    }

    /// The nearest whole number of 0…255. A number of 2²³ has no fraction: adding it rounds, without the check that keeps
    /// conversions from running on vectors.
    @inline(__always)
    private static func byte(_ value: Float) -> UInt8 {
        UInt8(truncatingIfNeeded: (min(max(value, 0), 255) + 0x1p23).bitPattern)
    }

    private func mixed(_ first: Int, _ second: Int, _ share: Float) -> Float {
        contributions[first] + (contributions[second] - contributions[first]) * share
    }

    /// For each pixel of a line: the two cells between whose centres it lies, and how far it is on the way.
    private static func taps(
        count: Int, extent: Int, side: Int, cells: Int
    ) -> [(first: Int, second: Int, share: Float)] {
        let padding = Double((side - extent) / 2)  // as `PresentedImage.square` pads
        return (0..<count).map { index in
            let inImage = (Double(index) + 0.5) / Double(count) * Double(extent)
            let cell = (inImage + padding) / Double(side) * Double(cells) - 0.5
            let position = min(max(cell, 0), Double(cells - 1))
            let first = Int(position)
            return (first, min(first + 1, cells - 1), Float(position - Double(first)))
        }
    }
}

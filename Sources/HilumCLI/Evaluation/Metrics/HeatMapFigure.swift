package import Foundation
import Imaging

/// An 8-bit or 16-bit grey image as values.
package struct GreyMap: Sendable {
    package let rows: Int
    package let columns: Int
    package let values: [Float]

    package init(rows: Int, columns: Int, values: [Float]) {
        precondition(values.count == rows * columns)
        (self.rows, self.columns, self.values) = (rows, columns, values)
    }

    /// - Throws: `ImagingError` for what is no PNG.
    package init(png: Data) throws {
        let image = try ImageDecoder.decode(png, as: .png)
        self.init(rows: image.rows, columns: image.columns, values: image.values)
    }
}

/// Whether a heat map points at what a finding changed.
package struct HeatMapFigure: Codable, Equatable, Sendable {
    /// From the map's peak to the structure, as a share of the image's shorter side; 0 inside.
    package let peak_distance: Double
    /// Of the structure and the part of the map above half of its peak.
    package let overlap: Overlap?

    /// A structure counts as hit where the peak lies in it, made wider by this share of the image.
    package static let tolerance = 0.05

    package var isHit: Bool { peak_distance <= Self.tolerance }

    /// - Parameters:
    ///   - map: where the image speaks for the finding.
    ///   - structure: nonzero where the finding changes the image; of the map's aspect, any size.
    /// - Returns: nil where the map or the structure is empty.
    package init?(map: GreyMap, structure: GreyMap) {
        guard let peak = map.peak else { return nil }
        let (down, across) = (
            Double(map.rows) / Double(structure.rows), Double(map.columns) / Double(structure.columns)
        )
        var nearest = Double.infinity
        for row in 0..<structure.rows {
            for column in 0..<structure.columns where structure.values[row * structure.columns + column] > 0 {
                // A pixel of the structure covers a rectangle of the map; 0 where the peak lies in it.
                let y = max(abs((Double(row) + 0.5) * down - peak.row) - down / 2, 0)
                let x = max(abs((Double(column) + 0.5) * across - peak.column) - across / 2, 0)
                nearest = min(nearest, x * x + y * y)
            }
        }
        guard nearest.isFinite else { return nil }
        peak_distance = nearest.squareRoot() / Double(min(map.rows, map.columns))
        let scaled = structure.resized(rows: map.rows, columns: map.columns)
        overlap = Overlap(map.values.map { $0 >= peak.value / 2 }, scaled.map { $0 > 0 })
    }
}

extension GreyMap {
    /// The middle of the highest pixel, in pixels from the corner; of several equal ones that which lies nearest to
    /// their mean. Nil where all are 0.
    var peak: (row: Double, column: Double, value: Float)? {
        guard let highest = values.max(), highest > 0 else { return nil }
        let places = values.indices.filter { values[$0] == highest }
            .map { (row: Double($0 / columns) + 0.5, column: Double($0 % columns) + 0.5) }
        let row = places.reduce(0) { $0 + $1.row } / Double(places.count)
        let column = places.reduce(0) { $0 + $1.column } / Double(places.count)
        func distance(_ place: (row: Double, column: Double)) -> Double {
            (place.row - row) * (place.row - row) + (place.column - column) * (place.column - column)
        }
        return places.min { distance($0) < distance($1) }.map { ($0.row, $0.column, highest) }
    }

    /// By the nearest pixel.
    fileprivate func resized(rows: Int, columns: Int) -> [Float] {
        (0..<rows * columns).map { index in
            let row = (index / columns * 2 + 1) * self.rows / (2 * rows)
            let column = (index % columns * 2 + 1) * self.columns / (2 * columns)
            return values[row * self.columns + column]
        }
    }
}

import Foundation
import Imaging

/// A radiograph in grey with a finding's heat map over it in colour.
struct HeatMapOverlay {
    /// Longest side of the picture.
    static let largestSide = 768

    private let base: [Float]
    private let columns: Int
    private let rows: Int

    /// Shrinks the radiograph; one that is smaller keeps its size.
    init(_ image: PresentedImage) {
        let side = max(image.rows, image.columns)
        let size = min(Self.largestSide, side)
        let square = image.square(size)
        let columns = max(1, image.columns * size / side)
        let rows = max(1, image.rows * size / side)
        let (left, top) = ((size - columns) / 2, (size - rows) / 2)
        base = (0..<rows).flatMap { row in square[((top + row) * size + left)...].prefix(columns) }
        self.columns = columns
        self.rows = rows
    }

    /// - Parameter heatMap: 8-bit grey PNG of the image's aspect.
    func picture(_ heatMap: Data) throws(ReportingError) -> Picture {
        let heat: DecodedImage
        do throws(ImagingError) {
            heat = try ImageDecoder.decode(heatMap, as: .png)
        } catch {
            throw .unreadableHeatMap
        }
        let values = heat.values
        var rgb = [UInt8](repeating: 0, count: rows * columns * 3)
        for row in 0..<rows {
            for column in 0..<columns {
                let share = heat.sample(
                    values, (Float(row) + 0.5) / Float(rows), (Float(column) + 0.5) / Float(columns))
                let grey = Double(base[row * columns + column])
                let colour = ColourScale.colour(Double(share))
                let alpha = ColourScale.opacity * Double(share)
                let place = (row * columns + column) * 3
                rgb[place] = Self.byte(grey * (1 - alpha) + colour.red * alpha)
                rgb[place + 1] = Self.byte(grey * (1 - alpha) + colour.green * alpha)
                rgb[place + 2] = Self.byte(grey * (1 - alpha) + colour.blue * alpha)
            }
        }
        return Picture(width: columns, height: rows, rgb: rgb)
    }

    private static func byte(_ value: Double) -> UInt8 { UInt8(min(max(value, 0), 1) * 255) }
}

extension DecodedImage {
    /// Between the four nearest pixels, 0…1; `y` and `x` are shares of height and width.
    fileprivate func sample(_ values: [Float], _ y: Float, _ x: Float) -> Float {
        let (row, column) = (max(0, y * Float(rows) - 0.5), max(0, x * Float(columns) - 0.5))
        let (top, left) = (min(Int(row), rows - 1), min(Int(column), columns - 1))
        let (bottom, right) = (min(top + 1, rows - 1), min(left + 1, columns - 1))
        let (down, along) = (row - Float(top), column - Float(left))
        let upper = values[top * columns + left] * (1 - along) + values[top * columns + right] * along
        let lower = values[bottom * columns + left] * (1 - along) + values[bottom * columns + right] * along
        return min(max((upper * (1 - down) + lower * down) / 255, 0), 1)
    }
}

/// From nothing by violet and red to yellow: brighter with every step, so that it reads in grey too.
enum ColourScale {
    /// Of the colour at 1; less heat is more transparent.
    static let opacity = 0.65

    private static let stops: [(at: Double, Colour)] = [
        (0, Colour(red: 0.1, green: 0.05, blue: 0.35)), (0.35, Colour(red: 0.55, green: 0.1, blue: 0.5)),
        (0.65, Colour(red: 0.93, green: 0.3, blue: 0.2)), (1, Colour(red: 1, green: 0.95, blue: 0.35)),
    ]

    static func colour(_ share: Double) -> Colour {
        var lower = stops[0]
        for upper in stops.dropFirst() {
            if share <= upper.at {
                let t = max(0, (share - lower.at) / (upper.at - lower.at))
                return Colour(
                    red: lower.1.red + (upper.1.red - lower.1.red) * t,
                    green: lower.1.green + (upper.1.green - lower.1.green) * t,
                    blue: lower.1.blue + (upper.1.blue - lower.1.blue) * t)
            }
            lower = upper
        }
        return lower.1
    }
}

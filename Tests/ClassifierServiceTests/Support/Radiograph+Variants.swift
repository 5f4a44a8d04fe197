import ClassifierService
import Foundation
import Imaging

extension Radiograph {
    /// A real file as the gates see it, without what its header says.
    static func file(_ name: String) throws -> Radiograph {
        let image = try ImageDecoder.decode(SharedData.bytes(name)).presented()
        return Radiograph(
            rows: image.rows, columns: image.columns, pixels: image.pixels, fieldRows: image.field.rows,
            fieldColumns: image.field.columns)
    }

    /// An image drawn by a function of row and column.
    static func drawn(_ rows: Int, _ columns: Int, _ value: (Int, Int) -> Float) -> Radiograph {
        Radiograph(
            rows: rows, columns: columns,
            pixels: (0..<rows * columns).map { value($0 / columns, $0 % columns) })
    }

    /// Each pixel changed by itself.
    func mapped(_ change: (Float) -> Float) -> Radiograph {
        Radiograph(
            rows: rows, columns: columns, pixels: pixels.map(change), fieldRows: fieldRows, fieldColumns: fieldColumns)
    }

    /// Turned clockwise by a quarter.
    var turnedClockwise: Radiograph {
        .drawn(columns, rows) { row, column in pixels[(rows - 1 - column) * columns + row] }
    }

    /// Left and right exchanged.
    var flipped: Radiograph {
        .drawn(rows, columns) { row, column in pixels[row * columns + columns - 1 - column] }
    }

    /// Turned clockwise by some degrees about its centre, black where nothing was.
    func tilted(degrees: Double) -> Radiograph {
        let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
        let (middleRow, middleColumn) = (Double(rows) / 2, Double(columns) / 2)
        return .drawn(rows, columns) { row, column in
            let (y, x) = (Double(row) - middleRow, Double(column) - middleColumn)
            let (sourceRow, sourceColumn) = (Int(-s * x + c * y + middleRow), Int(c * x + s * y + middleColumn))
            let isInside = (0..<rows).contains(sourceRow) && (0..<columns).contains(sourceColumn)
            return isInside ? pixels[sourceRow * columns + sourceColumn] : 0
        }
    }

    /// The part that is left after cutting fractions of the sides.
    func cropped(top: Double = 0, bottom: Double = 0, left: Double = 0) -> Radiograph {
        let (first, last) = (Int(Double(rows) * top), rows - Int(Double(rows) * bottom))
        let start = Int(Double(columns) * left)
        return .drawn(last - first, columns - start) { row, column in
            pixels[(row + first) * columns + column + start]
        }
    }
}

/// SplitMix64, so that a test's random numbers are the same on every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

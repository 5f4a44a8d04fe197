import Foundation
import Imaging
import Testing

/// Images so large that their words stay in the file, against the same pixels in a file of two frames, which become
/// numbers.
struct LargeImageTests {
    private static let (rows, columns) = (530, 501)

    /// Every word at odd places: signed or not, not aligned at bit 0, with collimator bands, padding and old overlays.
    private static func image(isSigned: Bool, more: [(DataSet) throws -> Void]) -> SyntheticImage {
        var random = RandomNumbers(seed: 3)
        var image = SyntheticImage(
            rows: rows, columns: columns, bitsStored: 12, highBit: 13, isSigned: isSigned, more: more)
        image.words = (0..<rows * columns).map { index in
            let isBand = index / columns < 40 || index % columns >= 470
            let stored = isBand ? 7 : Int.random(in: 0...4095, using: &random)
            return stored << 2 | Int.random(in: 0...3, using: &random) | Int.random(in: 0...3, using: &random) << 14
        }
        return image
    }

    @Test(arguments: [false, true], ["", "window", "inverted", "padding"])
    func `an image of words is presented as the same image of numbers`(isSigned: Bool, kind: String) throws {
        var more: [(DataSet) throws -> Void] = [
            { dataSet in
                try dataSet.set(.rescaleSlope, 2.5)
                try dataSet.set(.rescaleIntercept, -100)
            }
        ]
        if kind == "window" {
            more.append { dataSet in
                try dataSet.set(.windowCenter, 900)
                try dataSet.set(.windowWidth, 1500)
            }
        }
        if kind == "padding" {
            more.append { dataSet in try dataSet.set(.pixelPaddingValue, numbers: [7], vr: isSigned ? "SS" : "US") }
        }
        var one = Self.image(isSigned: isSigned, more: more)
        if kind == "inverted" { one.photometricInterpretation = "MONOCHROME1" }
        var two = one
        two.words += one.words
        two.more.append { dataSet in try dataSet.set(.numberOfFrames, 2) }

        let (words, numbers) = try (one.decoded(), two.decoded())
        #expect(words.values == Array(numbers.frame(0)))
        #expect(words.padding == numbers.padding.map { Array($0.prefix(words.pixelsPerFrame)) })
        let (shown, expected) = try (words.presented(), numbers.presented(frame: 0))
        #expect(shown == expected)
        #expect(shown.square(97) == expected.square(97))
    }

    @Test(arguments: [TransferSyntax.implicitVRLittleEndian, .explicitVRBigEndian, .deflatedExplicitVRLittleEndian])
    func `words are the same wherever they lie`(syntax: TransferSyntax) throws {
        let image = Self.image(isSigned: true, more: [])
        #expect(try image.decoded(as: syntax).values == image.decoded().values)
        #expect(try ImageDecoder.decode(image.dataSet()).values == image.decoded().values)
    }

    @Test(arguments: [false, true])
    func `collimation is found on all sides of a large image`(valuesRise: Bool) throws {
        let (rows, columns) = (900, 1300)
        var random = RandomNumbers(seed: 12)
        var image = SyntheticImage(
            rows: rows, columns: columns,
            more: [
                { dataSet in
                    try dataSet.set(.rescaleSlope, valuesRise ? 1 : -1)
                    try dataSet.set(.rescaleIntercept, 0)
                }
            ])
        // Strays in the bands, fewer than 2 % of a line: above, below and at the level.
        image.words = (0..<rows * columns).map { index in
            let (row, column) = (index / columns, index % columns)
            let inside = (31..<871).contains(row) && (420..<1233).contains(column)
            if inside { return Int.random(in: 300...4000, using: &random) }
            return row % 71 == column % 71 ? [0, 4095][row % 2] : 150 + row % 20
        }
        let presented = try image.decoded().presented()
        #expect(presented.field == ImageRegion(rows: 31..<871, columns: 420..<1233))
    }

    @Test func `order statistics are those of the sorted values`() {
        var random = RandomNumbers(seed: 8)
        let values = (0..<5000).map { _ in Float.random(in: -3...3, using: &random) * Float(Int.random(in: 0...2)) }
        let sorted = values.sorted()
        let ranks = [0, 1, 50, 2499, 2500, 4999]
        #expect(OrderStatistics.values(atRanks: ranks, of: values) == ranks.map { sorted[$0] })
        #expect(OrderStatistics.values(atRanks: ranks, of: values.map(Double.init)) == ranks.map { Double(sorted[$0]) })
    }
}

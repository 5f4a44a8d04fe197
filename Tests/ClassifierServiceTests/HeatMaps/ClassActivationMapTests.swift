import ClassifierService
import Testing

/// A map with one channel of weight one: the features are the contributions.
private func map(_ rows: Int, _ columns: Int, _ features: [Float]) -> ClassActivationMap {
    ClassActivationMap(features: features[...], rows: rows, columns: columns, weights: [1], scale: 1)
}

@Suite struct ClassActivationMapTests {
    @Test func `contributions are the weighted channels, and their mean with the bias is the logit`() {
        let features: [Float] = [1, 2, 3, 4, 10, 20, 30, 40]  // two channels of 2 × 2
        let map = ClassActivationMap(features: features[...], rows: 2, columns: 2, weights: [2, -0.1], scale: 1)
        #expect(map.contributions == [1, 2, 3, 4])
        let pooled: [Float] = [2.5, 25]
        #expect(map.contributions.reduce(0, +) / 4 == 2 * pooled[0] - 0.1 * pooled[1])
    }

    @Test func `a calibration with negative slope turns the map round`() {
        let map = ClassActivationMap(features: [1, -3], rows: 1, columns: 2, weights: [1], scale: -2)
        #expect(map.contributions == [-2, 6])
    }

    @Test func `slices with an offset are read from their start`() {
        let all: [Float] = [9, 9, 1, 2]
        let map = ClassActivationMap(features: all[2...], rows: 1, columns: 2, weights: [5, 1][1...], scale: 1)
        #expect(map.contributions == [1, 2])
    }

    @Test func `the strongest place is 255 and what speaks against is 0`() {
        let overlay = map(1, 3, [-5, 1, 2]).overlay(imageRows: 30, imageColumns: 30, longestSide: 30)
        #expect(overlay.rows == 30 && overlay.columns == 30)
        #expect(overlay.pixels.prefix(30).first == 0)
        #expect(overlay.pixels.prefix(30).last == 255)
    }

    @Test func `a map that speaks for nothing is black`() {
        let overlay = map(2, 2, [-1, 0, -2, -3]).overlay(imageRows: 10, imageColumns: 8, longestSide: 100)
        #expect(overlay.pixels == [UInt8](repeating: 0, count: 80))
    }

    @Test(arguments: [
        (1000, 500, 100, 100, 50), (500, 1000, 100, 50, 100), (60, 40, 100, 60, 40), (3000, 1, 100, 100, 1),
        (1, 1, 16, 1, 1),
    ])
    func `size is bounded and the aspect is the image's`(
        rows: Int, columns: Int, longest: Int, outRows: Int, outColumns: Int
    ) {
        let overlay = map(2, 2, [1, 1, 1, 1]).overlay(imageRows: rows, imageColumns: columns, longestSide: longest)
        #expect(overlay.rows == outRows && overlay.columns == outColumns)
        #expect(overlay.pixels == [UInt8](repeating: 255, count: outRows * outColumns))
    }

    @Test func `a hot cell lies where the network saw it, padding undone`() {
        // A tall image, 400 × 200, sits in the middle half of the square's width: columns 2…5 of 8 cells.
        var cells = [Float](repeating: 0, count: 64)
        cells[1 * 8 + 4] = 1
        let overlay = map(8, 8, cells).overlay(imageRows: 400, imageColumns: 200, longestSide: 400)
        let brightest = overlay.pixels.indices.max { overlay.pixels[$0] < overlay.pixels[$1] } ?? 0
        let (row, column) = (brightest / 200, brightest % 200)
        // Cell 4 of 8 has its centre at 4.5/8 of 400 = 225 of the square, less 100 of padding.
        #expect(abs(column - 125) <= 1)
        #expect(abs(row - 75) <= 1)  // 1.5/8 of 400
    }

    @Test func `a ramp of cells is a ramp of pixels between the centres`() {
        let overlay = map(1, 4, [0, 1, 2, 3]).overlay(imageRows: 64, imageColumns: 64, longestSide: 64)
        let line = overlay.pixels.prefix(64).map { Float($0) / 255 * 3 }
        for column in 8..<56 {
            let expected = (Float(column) + 0.5) / 16 - 0.5
            #expect(abs(line[column] - expected) < 0.01)
        }
    }
}

import Foundation
import Imaging
import Testing

@Suite("Presentation")
struct PresentationTests {
    /// Twelve pixels with these values and this window.
    private func image(
        _ words: [Int], center: Double, width: Double, function: String? = nil,
        more: [(DataSet) throws -> Void] = []
    ) -> SyntheticImage {
        var image = SyntheticImage(rows: 1, columns: words.count)
        image.words = words
        image.more =
            [
                { dataSet in
                    try dataSet.set(.windowCenter, center)
                    try dataSet.set(.windowWidth, width)
                    if let function { try dataSet.set(.voiLUTFunction, function) }
                }
            ] + more
        return image
    }

    private func close(_ found: [Float], _ expected: [Float]) -> Bool {
        found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 }
    }

    @Test func `LINEAR is the formula of PS3.3 C 11 2 1 2 1`() throws {
        // Center 2048, width 4096: 0 at 0, 1 at 4095.
        let full = try image([0, 1024, 2048, 4095], center: 2048, width: 4096).decoded().presented()
        #expect(close(full.pixels, [0, 1024.0 / 4095, 2048.0 / 4095, 1]))
        // Center 0, width 100 of the standard's example, moved by 1000.
        let narrow = try image([949, 950, 1000, 1049, 1050], center: 1000, width: 100).decoded().presented()
        #expect(close(narrow.pixels, [0, 0, 50.0 / 99, 1, 1]))
        let step = try image([999, 1000], center: 1000, width: 1).decoded().presented()
        #expect(step.pixels == [0, 1])
    }

    @Test func `LINEAR EXACT and SIGMOID are their formulas`() throws {
        let exact = try image([950, 1000, 1050, 1100], center: 1000, width: 100, function: "LINEAR_EXACT").decoded()
        #expect(try close(exact.presented().pixels, [0, 0.5, 1, 1]))
        let sigmoid = try image([950, 1000, 1025], center: 1000, width: 100, function: "SIGMOID").decoded()
        let expected: [Float] = [1 / (1 + exp(2)), 0.5, 1 / (1 + exp(-1))]
        #expect(try close(sigmoid.presented().pixels, expected))
    }

    @Test func `the first of several windows counts`() throws {
        let several = image(
            [0, 50, 100], center: 0, width: 0,
            more: [
                { dataSet in
                    try dataSet.set(.windowCenter, numbers: [50, 9999])
                    try dataSet.set(.windowWidth, numbers: [100, 3])
                    try dataSet.set(.voiLUTFunction, "LINEAR_EXACT")
                }
            ])
        let presented = try several.decoded().presented()
        #expect(close(presented.pixels, [0, 0.5, 1]))
        #expect(presented.appliedSteps == ["window applied: centre 50, width 100, LINEAR_EXACT"])
    }

    @Test func `a VOI lookup table goes before a window`() throws {
        let table = try lut(entries: [0, 100, 255], first: 10, bits: 8)
        let both = image(
            [9, 10, 11, 12, 99], center: 50, width: 3,
            more: [{ dataSet in try dataSet.set(.voiLUTSequence, items: [table]) }])
        #expect(try close(both.decoded().presented().pixels, [0, 0, 100.0 / 255, 1, 1]))
    }

    @Test func `a window works on rescaled values`() throws {
        let rescaled = image(
            [0, 100, 200], center: -900, width: 200, function: "LINEAR_EXACT",
            more: [{ dataSet in try dataSet.set(.rescaleIntercept, -1000) }])
        #expect(try close(rescaled.decoded().presented().pixels, [0, 0.5, 1]))
    }

    @Test(arguments: [
        ("MONOCHROME2", nil, false), ("MONOCHROME2", "IDENTITY", false), ("MONOCHROME2", "INVERSE", true),
        ("MONOCHROME1", nil, true), ("MONOCHROME1", "IDENTITY", true), ("MONOCHROME1", "INVERSE", true),
    ])
    func `an image is inverted exactly once`(photometric: String, shape: String?, isInverted: Bool) throws {
        var synthetic = image([0, 25, 100], center: 50, width: 100, function: "LINEAR_EXACT")
        synthetic.photometricInterpretation = photometric
        synthetic.more.append { dataSet in
            if let shape { try dataSet.set(.presentationLUTShape, shape) }
        }
        let presented = try synthetic.decoded().presented()
        #expect(close(presented.pixels, isInverted ? [1, 0.75, 0] : [0, 0.25, 1]))
        #expect(presented.appliedSteps.filter { $0.contains("inverted") }.count == (isInverted ? 1 : 0))
    }

    @Test func `without a window the percentiles of the exposed field count`() throws {
        // 100 × 100 with a band of 60 columns at 4095 to the right: the ramp of the field is spread over 0…1.
        var synthetic = SyntheticImage(rows: 100, columns: 100)
        synthetic.words = (0..<10_000).map { $0 % 100 >= 40 ? 4095 : ($0 / 100) * 10 + ($0 % 100) * 5 }
        let presented = try synthetic.decoded().presented()
        #expect(presented.field == ImageRegion(rows: 0..<100, columns: 0..<40))
        let field = synthetic.words.enumerated().filter { $0.offset % 100 < 40 }.map(\.element).sorted()
        func percentile(_ percent: Double) -> Double {
            let rank = percent / 100 * Double(field.count - 1)
            let (low, high) = (field[Int(rank)], field[min(Int(rank) + 1, field.count - 1)])
            return Double(low) + Double(high - low) * (rank - rank.rounded(.down))
        }
        let (low, high) = (percentile(0.5), percentile(99.5))
        let expected = synthetic.words.map { Float(min(max((Double($0) - low) / (high - low), 0), 1)) }
        #expect(zip(presented.pixels, expected).allSatisfy { abs($0 - $1) < 1e-3 })
        #expect(presented.appliedSteps.count == 2)
    }

    @Test func `collimation is found with a marker in it, on all sides`() throws {
        var random = RandomNumbers(seed: 5)
        var synthetic = SyntheticImage(rows: 120, columns: 150)
        synthetic.words = (0..<(120 * 150)).map { index in
            let (row, column) = (index / 150, index % 150)
            let inside = (10..<100).contains(row) && (20..<140).contains(column)
            let isMarker = (4..<7).contains(row) && (60..<63).contains(column)
            return inside ? Int.random(in: 500...3500, using: &random) : isMarker ? 3000 : 20 + row % 3
        }
        #expect(try synthetic.decoded().presented().field == ImageRegion(rows: 10..<100, columns: 20..<140))
    }

    @Test func `an image of one value is black and says so`() throws {
        for photometric in ["MONOCHROME1", "MONOCHROME2"] {
            var synthetic = SyntheticImage(photometricInterpretation: photometric)
            synthetic.words = [Int](repeating: 77, count: 12)
            let presented = try synthetic.decoded().presented()
            #expect(presented.pixels.allSatisfy { $0 == 0 })
            #expect(presented.appliedSteps.contains("constant image, shown black"))
        }
    }

    @Test(arguments: [false, true])
    func `padding is black and no part of the percentiles`(isInverted: Bool) throws {
        var random = RandomNumbers(seed: 11)
        var synthetic = SyntheticImage(rows: 50, columns: 50, bitsStored: 16, isSigned: true)
        if isInverted { synthetic.photometricInterpretation = "MONOCHROME1" }
        let values = (0..<2500).map { $0 % 7 == 0 ? -2000 : Int.random(in: 0...1000, using: &random) }
        synthetic.words = values.map { $0 & 0xFFFF }
        synthetic.more = [
            { dataSet in try dataSet.set(.pixelPaddingValue, numbers: [-2000], vr: "SS") }
        ]
        let presented = try synthetic.decoded().presented()
        #expect(zip(presented.pixels, values).allSatisfy { $1 != -2000 || $0 == 0 })
        let middle = presented.pixels[values.firstIndex { abs($0 - 500) < 20 } ?? 0]
        #expect(abs(middle - 0.5) < 0.05)
        #expect(presented.appliedSteps.first == "pixel padding value -2000 masked")
    }

    @Test func `padding may be a range in either order`() throws {
        var synthetic = SyntheticImage(rows: 1, columns: 6)
        synthetic.words = [0, 10, 20, 30, 40, 4000]
        for (value, limit) in [(10, 30), (30, 10)] {
            synthetic.more = [
                { dataSet in
                    try dataSet.set(.pixelPaddingValue, numbers: [Double(value)], vr: "US")
                    try dataSet.set(.pixelPaddingRangeLimit, numbers: [Double(limit)], vr: "US")
                }
            ]
            #expect(try synthetic.decoded().padding == [false, true, true, true, false, false])
        }
    }

    @Test func `a frame that is not there is refused`() throws {
        let decoded = try SyntheticImage().decoded()
        #expect(throws: ImagingError.self) { try decoded.presented(frame: 1) }
    }
}

import ClassifierService
import Foundation
import Testing
import Wire

private let gates = QualityGates()

private func noise(_ side: Int, seed: UInt64) -> Radiograph {
    var random = SeededGenerator(state: seed)
    return .drawn(side, side) { _, _ in Float.random(in: 0...1, using: &random) }
}

@Suite struct GateTests {
    @Test func `a drawn chest passes every gate with its figures`() {
        let report = gates.examine(SampleImages.flatChest())
        #expect(report.reasons == [])
        #expect(report.isGradable)
        #expect(report.message.grade == .gradable)
        #expect(report.gates.allSatisfy { !$0.unit.isEmpty })
    }

    @Test(arguments: [(511, false), (512, true)])
    func `the size gate counts the shorter side`(side: Int, passes: Bool) {
        let report = gates.examine(.drawn(side, 1000) { _, _ in 0 })
        #expect(report.gates.first?.name == "size")
        #expect(report.gates.first?.value == Double(side))
        #expect(report.gates.first?.limit == 512)
        #expect(report.gates.first?.passed == passes)
    }

    @Test(arguments: [Float(0), 0.5, 1])
    func `a constant image is blank, and nothing is said of chest or polarity`(level: Float) {
        let report = gates.examine(.drawn(600, 600) { _, _ in level })
        #expect(report.gates.map(\.name) == ["size", "blank"])
        #expect(report.failed("blank"))
        #expect(report.message.grade == .ungradable)
    }

    @Test func `one pixel ends in figures, not in a crash`() {
        let report = gates.examine(.drawn(1, 1) { _, _ in 0.5 })
        #expect(report.reasons.count == 2)
    }

    @Test func `an image stretched out of next to nothing is blank by its stored range`() {
        let chest = SampleImages.flatChest()
        let stretched = Radiograph(
            rows: chest.rows, columns: chest.columns, pixels: chest.pixels, storedRange: 0.01)
        #expect(gates.examine(stretched).failed("blank"))
        #expect(ValueRange.stored((0..<1000).map { Float($0) }, bitsStored: 10, rescaleSlope: 1) > 0.95)
        #expect(ValueRange.stored((0..<1000).map { Float($0) * 0.01 }, bitsStored: 10, rescaleSlope: -0.01) > 0.95)
        #expect(ValueRange.stored([5, 5, 5], bitsStored: 12, rescaleSlope: 1) == 0)
    }

    @Test(arguments: [1, 2, 3])
    func `noise is no chest`(seed: UInt64) {
        #expect(gates.examine(noise(600, seed: seed)).failed("chest"))
    }

    @Test func `gradients, stripes, discs and checks are no chest`() {
        let side = 600
        let images: [(String, Radiograph)] = [
            ("downward gradient", .drawn(side, side) { row, _ in Float(row) / Float(side) }),
            ("sideward gradient", .drawn(side, side) { _, column in Float(column) / Float(side) }),
            ("bright stripe", .drawn(side, side) { _, column in abs(column - side / 2) < 60 ? 0.9 : 0.2 }),
            (
                "disc",
                .drawn(side, side) { row, column in hypot(Double(row - 300), Double(column - 300)) < 200 ? 0.9 : 0.1 }
            ),
            ("checks", .drawn(side, side) { row, column in (row / 60 + column / 60) % 2 == 0 ? 0.9 : 0.1 }),
        ]
        for (name, image) in images { #expect(!gates.examine(image).isGradable, "\(name)") }
    }

    @Test func `air beside the patient is not clipped, and dark lungs are`() {
        let chest = SampleImages.flatChest()
        let air = chest.mapped { $0 < 0.1 ? 0 : $0 }
        #expect(Clipping(of: air).low < 0.02)
        let lungs = chest.mapped { abs($0 - 0.25) < 0.01 ? 0 : $0 }
        #expect(Clipping(of: lungs).low > 0.15)
        #expect(gates.examine(lungs).failed("clipping"))
        let white = chest.mapped { $0 >= 0.6 ? 1 : $0 }
        #expect(Clipping(of: white).high > 0.3)
    }

    @Test(
        arguments: [
            ("HAND", true), ("SKULL", true), ("WHOLE BODY", true), ("KNEE LEFT", true), ("CHEST", false),
            ("PORTABLE CHEST", false), ("NON GRID CHEST", false), ("THORAX", false), ("CHEST ABDOMEN", false),
            ("", false),
            ("EXTREMETY", false), ("SHANDY", false), (nil, false),
        ] as [(String?, Bool)])
    func `a header that names another part of the body fails the chest gate`(part: String?, fails: Bool) {
        let chest = SampleImages.flatChest()
        let image = Radiograph(
            rows: chest.rows, columns: chest.columns, pixels: chest.pixels, bodyPartExamined: part)
        #expect(gates.examine(image).failed("chest") == fails)
    }

    @Test(
        arguments: [
            ("LL", true), ("LATERAL", true), ("RL", true), ("LLD", true), ("RLO", true), ("Left Lateral", true),
            ("OBLIQUE", true), ("PA", false), ("AP", false), ("", false), ("PORTABLE", false), (nil, false),
        ] as [(String?, Bool)])
    func `a header that names a view that is not frontal fails the lateral gate`(view: String?, fails: Bool) {
        let chest = SampleImages.flatChest()
        let image = Radiograph(rows: chest.rows, columns: chest.columns, pixels: chest.pixels, viewPosition: view)
        #expect(gates.examine(image).failed("lateral") == fails)
    }

    @Test func `a chest drawn from the side is refused`() {
        let side = 640
        let lateral = Radiograph.drawn(side, side) { row, column in
            let (x, y) = (Double(column) / Double(side) - 0.5, Double(row) / Double(side) - 0.5)
            let isLung = pow((x + 0.02) / 0.26, 2) + pow((y + 0.05) / 0.36, 2) < 1
            let isHeart = pow((x + 0.1) / 0.13, 2) + pow((y - 0.1) / 0.16, 2) < 1
            if y > 0.27 - 0.1 * x { return 0.9 }
            if x > 0.22 && x < 0.34 { return 0.85 }  // spine
            if isHeart { return 0.8 }
            if isLung { return 0.25 }
            return abs(x) > 0.42 ? 0.05 : 0.6
        }
        let report = gates.examine(lateral)
        #expect(report.failed("chest") || report.failed("lateral"))
    }

    @Test func `limits are configuration`() {
        var limits = GateLimits()
        limits.minSize = 700
        limits.minRange = 0.95
        limits.minChestLikeness = 0.99
        let report = QualityGates(limits: limits).examine(SampleImages.flatChest())
        #expect(report.failed("size") && report.failed("blank"))
        limits.minRange = 0.05
        #expect(QualityGates(limits: limits).examine(SampleImages.flatChest()).failed("chest"))
    }
}

@Suite struct GreyThumbnailTests {
    @Test func `four turns give the thumbnail back and one puts the right side on top`() {
        let image = Radiograph.drawn(4, 4) { row, column in Float(row * 4 + column) }
        let thumbnail = GreyThumbnail(of: image, size: 2)
        #expect(thumbnail.cells == [2.5, 4.5, 10.5, 12.5])
        #expect(thumbnail.turned.cells == [4.5, 12.5, 2.5, 10.5])
        #expect(thumbnail.turned(clockwise: 90).cells == [10.5, 2.5, 12.5, 4.5])
        #expect(thumbnail.turned(clockwise: 0) == thumbnail)
        #expect(thumbnail.turned.turned.turned.turned == thumbnail)
    }

    @Test func `an image smaller than the thumbnail is spread over its cells`() {
        let thumbnail = GreyThumbnail(of: Radiograph(rows: 1, columns: 1, pixels: [0.25]), size: 3)
        #expect(thumbnail.cells == [Float](repeating: 0.25, count: 9))
    }

    @Test func `only the part asked for is averaged`() {
        let image = Radiograph.drawn(6, 6) { row, column in (2..<4).contains(row) && (2..<4).contains(column) ? 1 : 0 }
        let part = Radiograph(rows: 6, columns: 6, pixels: image.pixels, fieldRows: 2..<4, fieldColumns: 2..<4)
        let thumbnail = GreyThumbnail(of: part, size: 2)
        #expect(thumbnail.cells == [1, 1, 1, 1])
    }

    @Test func `ranks ignore any rising tone curve and change sign with inversion`() {
        var random = SeededGenerator(state: 7)
        let image = Radiograph.drawn(32, 32) { _, _ in Float.random(in: 0...1, using: &random) }
        func ranked(_ image: Radiograph) -> [Float] {
            GreyThumbnail(of: image, size: 32).ranked.cells
        }
        let plain = ranked(image)
        #expect(zip(ranked(image.mapped { $0.squareRoot() * 0.5 + 0.1 }), plain).allSatisfy { abs($0 - $1) < 0.005 })
        #expect(zip(ranked(image.mapped { 1 - $0 }), plain).allSatisfy { abs($0 + $1) < 0.005 })
    }

    @Test func `a mirrored image is symmetric, also tilted or off the middle, and a ramp is not`() {
        func symmetry(_ image: Radiograph) -> Double {
            GreyThumbnail(of: image, size: 32).ranked.symmetry
        }
        let chest = SampleImages.flatChest(side: 320)
        #expect(symmetry(chest) > 0.8)
        #expect(symmetry(chest.tilted(degrees: 8)) > 0.6)
        #expect(symmetry(.drawn(320, 320) { _, column in Float(column) / 320 }) < 0)
    }
}

import HilumCLI
import Imaging
import Testing

struct MetricsTests {
    @Test func theAreaIsTheShareOfPairsInRightOrderAndTiesCountHalf() {
        // Pairs of (present, absent): 0.9 and 0.4 against 0.4 and 0.1: three in order, one tie.
        let ranked = RankedScores([0.9, 0.4, 0.4, 0.1], labels: [true, true, false, false])
        #expect(ranked.auc() == 3.5 / 4)
        #expect(ranked.auc(weights: [0, 2, 1, 1]) == 1.5 / 2)
        #expect(ranked.auc(weights: [1, 1, 0, 0]) == nil)
        #expect(RankedScores([0.1, 0.9], labels: [true, false]).auc() == 0)
    }

    @Test func theCurveHasACornerAtEveryThresholdThatBendsIt() {
        let ranked = RankedScores([0.9, 0.8, 0.7, 0.6, 0.5], labels: [true, true, false, true, false])
        let points: [(Double, Double)] = [(0, 0), (0, 2.0 / 3), (0.5, 2.0 / 3), (0.5, 1), (1, 1)]
        #expect(ranked.curve.map(\.false_positive_rate) == points.map(\.0))
        #expect(ranked.curve.map(\.true_positive_rate) == points.map(\.1))
        #expect(RankedScores([0.9], labels: [true]).curve.isEmpty)
    }

    @Test func flagsAreCountedAgainstTheTruth() {
        let confusion = Confusion(
            flags: [true, true, false, false, false], labels: [true, false, true, false, false])
        #expect(confusion.accuracy == 3.0 / 5)
        #expect(confusion.sensitivity == 0.5 && confusion.specificity == 2.0 / 3)
        #expect(abs(confusion.weightedRecall - confusion.accuracy) < 1e-15)
        #expect(abs(confusion.weightedPrecision - (2 * 0.5 + 3 * 2.0 / 3) / 5) < 1e-15)
        #expect(Confusion(flags: [], labels: []).accuracy == 0)
    }

    @Test func calibrationIsTheGapOfEachBinByItsCases() {
        let reliability = Reliability([0.01, 0.02, 0.99, 1], labels: [false, true, true, true])
        #expect(reliability.bins.map(\.cases) == [2, 2])
        #expect(abs(reliability.expected_calibration_error - (0.485 + 0.005) / 2) < 1e-12)
        #expect(abs(reliability.brier - (0.0001 + 0.9604 + 0.0001) / 4) < 1e-12)
    }

    @Test func aBootstrapIsTheSameForTheSameSeedAndHoldsTheFigure() throws {
        let scores = (0..<200).map { Double(($0 * 37) % 200) / 200 }
        let labels = scores.enumerated().map { $0.element + Double($0.offset % 7) / 7 > 0.9 }
        let ranked = RankedScores(scores, labels: labels)
        func interval(_ seed: UInt64) -> Bootstrap.Interval? {
            Bootstrap(resamples: 300, seed: seed).intervals(cases: 200) { [ranked.auc(weights: $0)] }[0]
        }
        let (first, area) = (try #require(interval(1)), try #require(ranked.auc()))
        #expect(first == interval(1) && first != interval(2))
        #expect(first.low < area && area < first.high && first.high - first.low < 0.2)
    }

    @Test func quantilesLieBetweenTheNearestRanks() throws {
        let figures = try #require(Distribution([4, 1, 3, 2]))
        #expect(figures.median == 2.5 && figures.greatest == 4 && figures.mean == 2.5)
        #expect(abs(figures.percentile_90 - 3.7) < 1e-12)
        #expect(Distribution([]) == nil)
    }

    @Test func aPlanesErrorIsItsAngleItsDistanceAndItsTurn() throws {
        let truth = Truth.Plane(center: [1, 2, 3], normal: [0, 0, 1], row: [1, 0, 0])
        let turned = try #require(PlaneError(center: [0, 0, 5], normal: [0, 0, -2], row: [0, 1, 0], truth: truth))
        #expect(turned.degrees == 0 && turned.millimetres == 2)
        #expect(abs(try #require(turned.rotationDegrees) - 90) < 1e-9)
        let tilted = try #require(PlaneError(center: [1, 2, 3], normal: [0, 1, 1], row: nil, truth: truth))
        #expect(abs(tilted.degrees - 45) < 1e-9 && tilted.millimetres < 1e-9 && tilted.rotationDegrees == nil)
        #expect(PlaneError(center: [1, 2], normal: [0, 0, 1], row: nil, truth: truth) == nil)
        #expect(PlaneError(center: [1, 2, 3], normal: [0, 0, 0], row: nil, truth: truth) == nil)
    }

    @Test func overlapIsWhatBothHaveOfWhatEitherHas() {
        let overlap = Overlap([true, true, false, false], [true, false, true, false])
        #expect(overlap?.iou == 1.0 / 3 && overlap?.dice == 0.5)
        #expect(Overlap([false], [false]) == nil)
    }
}

struct HeatMapFigureTests {
    /// A map of 20 × 20 whose peak is the pixel in row 4, column 14.
    private static let map: GreyMap = {
        var values = [Float](repeating: 0, count: 400)
        values[4 * 20 + 14] = 255
        return GreyMap(rows: 20, columns: 20, values: values)
    }()

    private static func structure(side: Int, _ pixels: (Int, Int)...) -> GreyMap {
        var values = [Float](repeating: 0, count: side * side)
        for (row, column) in pixels { values[row * side + column] = 1 }
        return GreyMap(rows: side, columns: side, values: values)
    }

    @Test func aPeakInTheStructureIsAHitAtAnyResolutionOfTheMask() throws {
        #expect(
            try #require(HeatMapFigure(map: Self.map, structure: Self.structure(side: 20, (4, 14)))).peak_distance == 0)
        #expect(
            try #require(HeatMapFigure(map: Self.map, structure: Self.structure(side: 10, (2, 7)))).peak_distance == 0)
        #expect(try #require(HeatMapFigure(map: Self.map, structure: Self.structure(side: 80, (17, 57)))).isHit)
    }

    @Test func aPeakBesideTheStructureIsAHitWithinATwentiethOfTheImage() throws {
        let beside = try #require(HeatMapFigure(map: Self.map, structure: Self.structure(side: 20, (4, 15))))
        #expect(abs(beside.peak_distance - 0.025) < 1e-9 && beside.isHit)
        let away = try #require(HeatMapFigure(map: Self.map, structure: Self.structure(side: 20, (4, 17))))
        #expect(abs(away.peak_distance - 0.125) < 1e-9 && !away.isHit)
    }

    @Test func anEmptyMapOrStructureHasNoFigure() {
        let empty = GreyMap(rows: 20, columns: 20, values: [Float](repeating: 0, count: 400))
        #expect(HeatMapFigure(map: empty, structure: Self.map) == nil)
        #expect(HeatMapFigure(map: Self.map, structure: empty) == nil)
    }

    @Test func theOverlapIsOfWhatLiesAboveHalfOfThePeak() throws {
        let figure = try #require(HeatMapFigure(map: Self.map, structure: Self.structure(side: 20, (4, 14), (4, 15))))
        #expect(figure.overlap?.iou == 0.5)
    }
}

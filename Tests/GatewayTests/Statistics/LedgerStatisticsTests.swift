import Foundation
import Gateway
import Testing

@Suite(.bothStores) struct LedgerStatisticsTests {
    private let fixture: LedgerFixture
    private let statistics: LedgerStatistics

    init() throws {
        fixture = try LedgerFixture()
        statistics = LedgerStatistics(try LedgerStore.current.database(fixture.directory))
    }

    private func report(days: Int = 8, zone: Int = 0) async throws -> StatisticsReport {
        try await statistics.report(.init(end: fixture.clock.now, days: days, zoneMinutes: zone))
    }

    /// One radiograph of a study of its own, answered after `seconds`.
    private func answer(
        _ uid: String, after seconds: Int = 1, sex: String = "", age: String = "", _ findings: [(String, Double)] = [],
        failedGate: Bool = false
    ) async throws {
        let sample = try NewInstance.sample(uid, study: "9.\(uid)")
        var header = InstanceHeader(
            sopInstanceUID: uid, studyInstanceUID: "9.\(uid)", seriesInstanceUID: "1", modality: "DX")
        header.demographics = Demographics(sex: sex, age: age, birthDate: "", studyDate: "")
        try await fixture.record(
            NewInstance(
                header: header, digest: sample.digest, byteCount: 1, decision: sample.decision, source: sample.source),
            expectedCount: 1)
        fixture.clock.advance(by: .seconds(seconds))
        let claim = try #require(try await fixture.claim().first)
        let figures = AnswerFigures(
            findings: findings.map { .init(code: $0.0, probability: $0.1, isFlagged: $0.1 >= 0.5) },
            gates: [.init(name: "size", isPassed: true), .init(name: "blank", isPassed: !failedGate)])
        let settlement = Settlement.answered(answer: Data([1]), flag: .none, reason: "", figures: figures)
        #expect(try await fixture.ledger.settle(claim, as: settlement, at: fixture.clock.now))
    }

    @Test func `an empty ledger has nothing to tell`() async throws {
        #expect(try await report() == StatisticsReport())
    }

    @Test func `studies are counted by modality, sex, decade, priority and state`() async throws {
        try await answer("1", sex: "F", age: "065Y")
        try await answer("2", sex: "F", age: "069Y")
        try await answer("3", sex: "M", age: "006M")
        let report = try await report()
        #expect(report.modalities == [.init("DX", 3)])
        #expect(report.sexes == [.init("F", 2), .init("M", 1)])
        #expect(report.ages == [.init("0", 1), .init("60", 2)])
        #expect(report.priorities == [.init("routine", 3)])
        #expect(report.states == [.init("complete", 3)])
    }

    @Test func `findings and failed gates are counted among the images asked`() async throws {
        try await answer("1", [("scoliosis", 0.9), ("dense_aorta", 0.1)])
        try await answer("2", [("scoliosis", 0.4)], failedGate: true)
        let report = try await report()
        #expect(report.findings.map(\.code) == ["dense_aorta", "scoliosis"])
        #expect(report.findings.map(\.images) == [1, 2])
        #expect(report.findings.map(\.flagged) == [0, 1])
        #expect(report.gates.map(\.failed) == [1, 0])
    }

    @Test func `turnaround is exact at its ranks`() async throws {
        for seconds in 1...100 { try await answer("\(seconds)", after: seconds) }
        let turnaround = try #require(try await report().turnaround.first)
        #expect(turnaround.name == "answered")
        #expect(turnaround.studies == 100)
        #expect([turnaround.median, turnaround.p90, turnaround.p95, turnaround.p99] == [50, 90, 95, 99])
    }

    @Test func `days begin where the caller's do`() async throws {
        let midnight = Timestamp(milliseconds: 20_000 * 86_400_000)
        fixture.clock.advance(by: midnight - fixture.clock.now - .seconds(60))
        try await answer("1")
        #expect(try await report().days == [.init("2024-10-03", 1)])
        #expect(try await report(zone: 60).days == [.init("2024-10-04", 1)])
    }

    @Test func `readers' verdicts are counted for each finding`() async throws {
        try await answer("1", [("scoliosis", 0.9)])
        for deed in [ReviewDeed(reader: "A", action: .claim), ReviewDeed(reader: "A", action: .reject)] {
            _ = try await fixture.ledger.review("9.1", deed, at: fixture.clock.now)
        }
        let report = try await report()
        #expect(report.concordance.map(\.code) == [""])
        #expect(report.concordance.map(\.rejected) == [1])
        #expect(report.turnaround.map(\.name) == ["answered", "read"])
    }

    @Test func `probabilities of late are held against those before`() async throws {
        for index in 0..<30 { try await answer("a\(index)".digits, [("scoliosis", 0.05)]) }
        fixture.clock.advance(by: .seconds(4 * 86_400))
        for index in 0..<30 { try await answer("b\(index)".digits, [("scoliosis", 1)]) }
        let drift = try #require(try await report().drift.first)
        #expect(drift.before[1] == 30)
        #expect(drift.recent[19] == 30)
        #expect(try #require(drift.index) > 0.25)
    }

    @Test func `an answer that comes anew counts once`() async throws {
        try await answer("1", [("scoliosis", 0.9)])
        #expect(try await report().findings.map(\.images) == [1])
        #expect(try await report(days: 1).findings.count == 1)
    }
}

extension String {
    /// A UID of the letters' codes.
    fileprivate var digits: String { utf8.map { String($0) }.joined(separator: ".") }
}

@Suite struct DriftTests {
    @Test func `equal spreads have the index nought, and few images none`() {
        let spread = [Int](repeating: 5, count: Drift.binCount)
        #expect(Drift(code: "a", recent: spread, before: spread).index == 0)
        #expect(Drift(code: "a", recent: [29], before: spread).index == nil)
    }

    @Test func `the index is that of its definition`() throws {
        var recent = [Int](repeating: 0, count: Drift.binCount)
        var before = recent
        (recent[0], recent[1], before[0], before[1]) = (75, 25, 25, 75)
        let (p, q) = (75.5 / 110, 25.5 / 110)
        let index = try #require(Drift(code: "a", recent: recent, before: before).index)
        #expect(abs(index - 2 * (p - q) * log(p / q)) < 1e-12)
    }
}

@Suite struct DemographicsTests {
    @Test(arguments: [
        ("065Y", "", "", 65), ("018M", "", "", 1), ("003W", "", "", 0), ("", "19600102", "20260101", 65),
        ("", "19600101", "20260101", 66), ("xxxY", "", "", nil), ("", "1960", "20260101", nil),
        ("999Y", "", "", nil), ("", "20260101", "19600101", nil),
    ])
    func `age is read, or counted from birth`(age: String, birth: String, study: String, years: Int?) {
        #expect(Demographics(sex: "", age: age, birthDate: birth, studyDate: study).ageYears == years)
    }

    @Test func `a sex that DICOM does not know is not kept`() {
        #expect(Demographics(sex: "f", age: "", birthDate: "", studyDate: "").sex == "F")
        #expect(Demographics(sex: "<b>", age: "", birthDate: "", studyDate: "").sex == "")
    }
}

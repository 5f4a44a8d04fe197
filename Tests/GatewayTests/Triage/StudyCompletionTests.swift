import Gateway
import Testing

@Suite struct StudyCompletionTests {
    private let completion = StudyCompletion(quietPeriod: .seconds(5))

    private let arrival = Timestamp(milliseconds: 1000)

    private func closing(_ count: Int, _ change: (inout StudyArrivals) -> Void) -> StudyClosing {
        var arrivals = StudyArrivals(instanceCount: count)
        change(&arrivals)
        return completion.closing(arrivals, lastArrival: arrival)
    }

    @Test(arguments: [(1, 0), (2, 3), (0, 1)])
    func `an unknown or unreached count leaves the study open for the quiet period`(count: Int, expected: Int) {
        let quiet = StudyClosing.later(Timestamp(milliseconds: 6000), .quietPeriod)
        #expect(closing(count) { $0.expectedCount = expected } == quiet)
        #expect(closing(count) { $0.taggedInstances = expected } == quiet)
    }

    @Test(arguments: [(3, 3), (4, 3)])
    func `the announced count closes the study, and so does the one in the tags`(count: Int, expected: Int) {
        #expect(closing(count) { $0.expectedCount = expected } == .now(.expectedCount))
        #expect(closing(count) { $0.taggedInstances = expected } == .now(.countsInTags))
    }

    @Test(
        arguments: [
            ([(2, 2), (3, 3)], 2, true), ([(2, 2), (3, 4)], 2, false), ([(2, 2)], 2, false),
            ([(2, 2), (3, 0)], 2, false),
            ([(2, 2)], 0, false),
        ] as [([(Int, Int)], Int, Bool)])
    func `all series with all of their instances close the study`(
        series: [(Int, Int)], tagged: Int, isWhole: Bool
    ) {
        let found = closing(5) {
            $0.taggedSeries = tagged
            $0.series = series.map { StudyArrivals.Series(instanceCount: $0.0, taggedCount: $0.1) }
        }
        #expect((found == .now(.countsInTags)) == isWhole)
    }

    @Test func `once the expected series are there a shorter quiet is enough`() {
        let early = StudyClosing.later(Timestamp(milliseconds: 3000), .expectedSeries)
        #expect(closing(1) { $0.settle = .seconds(2) } == early)
        #expect(closing(1) { $0.settle = .seconds(60) } == .later(Timestamp(milliseconds: 6000), .quietPeriod))
    }

    @Test(
        arguments: [
            (3, 0, 0, nil, StudyStage.pending), (3, 3, 0, nil, .pending), (3, 2, 0, .request, .pending),
            (3, 3, 0, .request, .complete), (3, 2, 1, .quietPeriod, .failed), (3, 1, 1, .quietPeriod, .pending),
        ] as [(Int, Int, Int, CompletionRule?, StudyStage)])
    func `a study is complete when it is whole and nothing waits`(
        count: Int, settled: Int, failed: Int, rule: CompletionRule?, stage: StudyStage
    ) {
        let progress = StudyProgress(
            instanceCount: count, settledCount: settled, failedCount: failed, completedBy: rule)
        #expect(progress.stage == stage)
    }

    @Test func `the reason says what is missing first`() {
        let progress = StudyProgress(instanceCount: 3, settledCount: 1, failedCount: 0, completedBy: .quietPeriod)
        let reason = StudyReason(
            progress: progress, expectedCount: 4, waiting: "classifier: UNAVAILABLE",
            refused: "no route for Modality CT")
        #expect(
            reason.text == """
                waiting: classifier: UNAVAILABLE; refused: no route for Modality CT; \
                complete by quiet period with 3 of 4 expected instances
                """)
        #expect(StudyReason(progress: progress).text == "waiting for 2 answers; complete by quiet period")
    }
}

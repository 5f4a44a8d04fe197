import Gateway
import Testing

@Suite struct StudyCompletionTests {
    private let completion = StudyCompletion(quietPeriod: .seconds(5))

    @Test(arguments: [(1, 0), (2, 3), (0, 1)])
    func `an unknown or unreached count leaves the study open`(count: Int, expected: Int) {
        #expect(completion.ruleAfterArrival(instanceCount: count, expectedCount: expected) == nil)
    }

    @Test(arguments: [(3, 3), (4, 3)])
    func `the announced count closes the study`(count: Int, expected: Int) {
        #expect(completion.ruleAfterArrival(instanceCount: count, expectedCount: expected) == .expectedCount)
    }

    @Test func `the quiet period runs from the last arrival`() {
        let arrival = Timestamp(milliseconds: 1000)
        #expect(completion.closes(lastArrival: arrival) == Timestamp(milliseconds: 6000))
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

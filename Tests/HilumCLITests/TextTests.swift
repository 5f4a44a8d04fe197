import HilumCLI
import RPC
import Testing
import Wire

@Suite struct TextTests {
    @Test func `columns are aligned, numbers to the right, no space at line ends`() {
        var table = Table("NAME", "VALUE", "NOTE")
        table.add("a", "1.5", "")
        table.add("long name", "-10.25 mm", "yes")
        #expect(
            table.text == """
                NAME           VALUE  NOTE
                a                1.5
                long name  -10.25 mm  yes
                """)
    }

    @Test func `an empty table is its header`() {
        #expect(Table("A", "B").text == "A  B")
        #expect(Table().text == "")
    }

    @Test(arguments: [
        (0.0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (11_100, "3 h 05 min"), (.nan, "-"), (-1, "-"),
    ])
    func `waiting time is short`(seconds: Double, text: String) {
        #expect(Text.waiting(seconds) == text)
    }

    @Test func `an ungradable image is never called normal`() {
        let quality = ImageQuality(grade: .ungradable, reasons: ["all pixels are equal"])
        #expect(
            ClassificationText.verdict(ClassifyResponse(quality: quality))
                == "UNGRADABLE, a human has to look: all pixels are equal")
    }

    @Test func `findings are a table`() {
        let finding = Finding(
            code: "scoliosis", display: "Scoliosis", probability: 0.9312, threshold: 0.5, flagged: true,
            priority: .priority)
        let response = ClassifyResponse(findings: [finding], quality: ImageQuality(grade: .gradable))
        #expect(ClassificationText.verdict(response) == "1 finding flagged")
        #expect(
            ClassificationText.findings(response) == """
                  FINDING    PROBABILITY  THRESHOLD  FLAG     PRIORITY
                  Scoliosis        0.931      0.500  flagged  priority
                """)
    }

    @Test func `bundles of one intended use share a line`() {
        let use = "trained on synthetic phantoms; not for clinical use"
        let models = ["a", "b", "a"].map { ModelRef(name: $0, version: "1", intendedUse: use) }
        #expect(Notice.text(models) == "a/1, b/1: \(use)")
        #expect(Notice.text([ModelRef(name: "c")]) == "c: intended use not stated; not for clinical use")
    }

    @Test func `planes are a table with the stack below`() {
        let plane = ViewPlane(
            view: .shortAxis, center: Vector3(x: 1, y: -2.25, z: 3), normal: Vector3(x: 0, y: 0, z: 1), confidence: 0.9,
            residualMm: 1.25,
            sliceGroup: SliceGroup(
                firstCenter: Vector3(), lastCenter: Vector3(z: 80), thicknessMm: 8, gapMm: 2, count: 9))
        #expect(
            PlanText.planes(PlanViewsResponse(planes: [plane])) == """
                VIEW  CENTER (LPS, mm)  NORMAL               CONFIDENCE  RESIDUAL
                SA    1.0, -2.2, 3.0    0.000, 0.000, 1.000        0.90    1.2 mm
                SA stack: 9 slices of 8.0 mm, gap 2.0 mm, from 0.0, 0.0, 0.0 (apex) to 0.0, 0.0, 80.0 (base)
                """)
    }

    @Test func `submitted files are counted by study`() {
        let results = [
            SubmitResult(studyInstanceUID: "1.2.3", accepted: true),
            SubmitResult(studyInstanceUID: "1.2.3", accepted: true, duplicate: true), SubmitResult(),
        ]
        #expect(
            SubmitText.table(results) == """
                STUDY INSTANCE UID  FILES  ACCEPTED  OF THESE BEFORE
                1.2.3                   2         2                1
                """)
        #expect(SubmitText.table([SubmitResult()]) == "No file was accepted.")
    }

    @Test func `instances that wait are counted by state and reason`() {
        let waiting = Instance(state: .received, reason: "the service is down")
        let study = Study(
            studyInstanceUID: "1.2.3", state: .pending, reason: "waiting", priority: .routine,
            instances: [waiting, waiting, Instance(state: .refused, reason: "no image"), Instance(state: .answered)],
            instanceCount: 4, settledCount: 2)
        #expect(
            StudyText.text(study) == """
                Study 1.2.3
                  pending, 2 of 4 instances settled; waiting
                  not flagged, routine
                  2 instances received: the service is down
                  1 instance refused: no image
                """)
    }

    @Test func `the worklist says who is overdue`() {
        let entry = WorklistEntry(
            study: Study(
                studyInstanceUID: "1.2.3", state: .complete, priority: .urgent, flagged: true, modality: "DX",
                flaggedFindings: ["scoliosis"]),
            waitingSeconds: 7200, overdue: true)
        #expect(
            WorklistText.table(ListWorklistResponse(entries: [entry])) == """
                PRIORITY  WAITING             STATE     MODALITY  FLAGGED    STUDY INSTANCE UID
                URGENT    2 h 00 min OVERDUE  complete  DX        scoliosis  1.2.3
                """)
        #expect(WorklistText.table(ListWorklistResponse()) == "The worklist is empty.")
    }
}

@Suite struct FailureTests {
    private func failure(_ status: RPCStatus) -> Failure { Failure(status, subject: "a.dcm", address: "http://h:1") }

    @Test func `an error says all that the server said, in one line`() {
        let info = ErrorInfo(
            reason: "TOO_FEW_SLICES", field: "instances", found: "3", limit: "6", remedy: "Send the whole series.")
        let status = RPCStatus(.failedPrecondition, "too few slices", details: [info])
        #expect(
            failure(status)
                == Failure(
                    .refused,
                    "a.dcm: too few slices [field: instances, found: 3, limit: 6]. Send the whole series. (FAILED_PRECONDITION)"
                ))
    }

    @Test func `a server that cannot be reached is told from one that says it is unavailable`() {
        #expect(failure(RPCStatus(.unavailable, "refused")).exitCode == .unreachable)
        #expect(failure(RPCStatus(.deadlineExceeded)).exitCode == .unreachable)
        #expect(failure(RPCStatus(.unavailable, "busy", details: [ErrorInfo(reason: "DRAINING")])).exitCode == .refused)
    }
}

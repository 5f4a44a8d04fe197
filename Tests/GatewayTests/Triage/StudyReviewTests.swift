import Gateway
import Testing

@Suite struct StudyReviewTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)
    private let findings = ["dense_aorta"]

    private func after(_ review: StudyReview, _ reader: String, _ action: ReviewAction, _ finding: String = "") throws
        -> StudyReview
    {
        try review.after(
            ReviewDeed(reader: reader, action: action, finding: finding), flaggedFindings: findings, at: now)
    }

    @Test func `a claimed study is for its reader until it is released`() throws {
        let claimed = try after(.open, "A", .claim)
        #expect(claimed.claimedBy == "A")
        #expect(try after(claimed, "A", .claim) == claimed)
        for action in [ReviewAction.claim, .accept, .reject, .release] {
            #expect(throws: ReviewRefusal.claimedByAnother(reader: "A")) { try after(claimed, "B", action) }
        }
        #expect(try after(claimed, "B", .comment) == claimed)
        #expect(try after(claimed, "A", .release) == .open)
    }

    @Test func `a claim that is too old keeps no other reader from claiming`() throws {
        let claimed = try after(.open, "A", .claim)
        func later(_ reader: String, _ action: ReviewAction, _ age: Duration) throws -> StudyReview {
            try claimed.after(
                ReviewDeed(reader: reader, action: action), flaggedFindings: findings, claimLimit: .seconds(60),
                at: now + age)
        }
        #expect(throws: ReviewRefusal.claimedByAnother(reader: "A")) { try later("B", .claim, .seconds(59)) }
        #expect(throws: ReviewRefusal.claimedByAnother(reader: "A")) { try later("B", .accept, .seconds(60)) }
        let taken = try later("B", .claim, .seconds(60))
        #expect(taken == StudyReview(claimedBy: "B", claimedAt: now + .seconds(60)))
        #expect(throws: ReviewRefusal.claimedByAnother(reader: "B")) { try after(taken, "A", .accept) }
        #expect(try later("A", .accept, .seconds(90)).reviewedBy == "A", "nobody took it")
    }

    @Test(arguments: [ReviewAction.accept, .reject, .release])
    func `what was not claimed cannot be ended`(action: ReviewAction) {
        #expect(throws: ReviewRefusal.notClaimed) { try after(.open, "A", action) }
    }

    @Test(arguments: [ReviewAction.accept, .reject])
    func `a verdict on a finding goes on, one on the study ends the reading`(action: ReviewAction) throws {
        let claimed = try after(.open, "A", .claim)
        #expect(try after(claimed, "A", action, "dense_aorta") == claimed)
        let reviewed = try after(claimed, "A", action)
        #expect(reviewed == StudyReview(reviewedBy: "A", reviewedAt: now))
        #expect(reviewed.reopened == .open)
    }

    @Test func `a finding that the study has not got is refused`() throws {
        let claimed = try after(.open, "A", .claim)
        #expect(throws: ReviewRefusal.unknownFinding) { try after(claimed, "A", .accept, "scoliosis") }
    }

    @Test(arguments: ["", "x", "MSBhIC0x", "MiBhIDE=", "MSBhIDEgMg=="])
    func `another text is no resume token`(text: String) {
        #expect(ResumeToken(text: text) == nil)
    }

    @Test func `a resume token is read back`() {
        let token = ResumeToken(ledger: "0a1b", change: .max)
        #expect(ResumeToken(text: token.text) == token)
    }
}

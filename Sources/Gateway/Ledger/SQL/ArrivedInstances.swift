/// What came for one study in one transaction: counted up first, and written with all that follows from it once.
struct ArrivedInstances {
    private(set) var count = 0
    private(set) var conflictCount = 0
    /// Of them, those that no service is to answer.
    var refusedCount = 0
    /// What the sender announced last; 0 where he did not.
    var expectedCount = 0
    /// The largest Number of Study Related Instances (0020,1208) and Series (0020,1206); 0 where none is stated.
    private(set) var taggedInstances = 0
    private(set) var taggedSeries = 0
    /// Of the rule that expects series of the study, if one does.
    private(set) var settle: Duration?
    private(set) var lastArrival: Timestamp

    init(at now: Timestamp) {
        lastArrival = now
    }

    mutating func add(_ instance: NewInstance, isConflict: Bool, at now: Timestamp) {
        count += 1
        if isConflict { conflictCount += 1 }
        taggedInstances = max(taggedInstances, instance.header.studyRelatedInstances)
        taggedSeries = max(taggedSeries, instance.header.studyRelatedSeries)
        settle = instance.expectation?.settle
        lastArrival = max(lastArrival, now)
    }
}

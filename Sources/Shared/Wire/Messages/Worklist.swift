// The worklist: messages of proto/hilum/v1/triage.proto.

/// Asks for a page of the worklist.
package struct ListWorklistRequest: Message {
    package static let fullName = "hilum.v1.ListWorklistRequest"

    /// Number of studies at most; 0 means 50, 1000 is the limit.
    package var pageSize: Int32
    /// `next_page_token` of the page before; empty means the first page.
    package var pageToken: String
    /// Only studies in this state; unspecified means all.
    package var state: StudyState
    /// True: studies that were accepted or rejected as a whole too; otherwise only those that are still to be read.
    package var includeReviewed: Bool

    /// A message with the given fields; the others have their defaults.
    package init(
        pageSize: Int32 = 0, pageToken: String = "", state: StudyState = .unspecified, includeReviewed: Bool = false
    ) {
        self.pageSize = pageSize
        self.pageToken = pageToken
        self.state = state
        self.includeReviewed = includeReviewed
    }

    package init() {
        self.init(pageSize: 0)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &pageSize)
        try visitor.field(2, &pageToken)
        try visitor.field(3, &state)
        try visitor.field(4, &includeReviewed)
    }
}

/// A page of the worklist.
package struct ListWorklistResponse: Message {
    package static let fullName = "hilum.v1.ListWorklistResponse"

    /// Studies in reading order.
    package var entries: [WorklistEntry]
    /// Token of the next page; empty on the last.
    package var nextPageToken: String
    /// Hand this to `WatchWorklistRequest` to get every change after this page.
    package var resumeToken: String

    /// A message with the given fields; the others have their defaults.
    package init(
        entries: [WorklistEntry] = [], nextPageToken: String = "", resumeToken: String = ""
    ) {
        self.entries = entries
        self.nextPageToken = nextPageToken
        self.resumeToken = resumeToken
    }

    package init() {
        self.init(entries: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &entries)
        try visitor.field(2, &nextPageToken)
        try visitor.field(3, &resumeToken)
    }
}

/// A study in reading order.
package struct WorklistEntry: Message {
    package static let fullName = "hilum.v1.WorklistEntry"

    /// The study, without instances and plans.
    package var study: Study?
    /// Seconds since its first instance was received.
    package var waitingSeconds: Double
    /// True when it waited longer than the limit and therefore comes before everything else.
    package var overdue: Bool

    /// A message with the given fields; the others have their defaults.
    package init(
        study: Study? = nil, waitingSeconds: Double = 0, overdue: Bool = false
    ) {
        self.study = study
        self.waitingSeconds = waitingSeconds
        self.overdue = overdue
    }

    package init() {
        self.init(study: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &study)
        try visitor.field(2, &waitingSeconds)
        try visitor.field(3, &overdue)
    }
}

/// Asks for changes of the worklist.
package struct WatchWorklistRequest: Message {
    package static let fullName = "hilum.v1.WatchWorklistRequest"

    /// `resume_token` of the last event seen, or of a page of the worklist; empty means: from now on.
    package var resumeToken: String

    /// A message with the given fields; the others have their defaults.
    package init(
        resumeToken: String = ""
    ) {
        self.resumeToken = resumeToken
    }

    package init() {
        self.init(resumeToken: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &resumeToken)
    }
}

/// A change of the worklist.
package struct WorklistEvent: Message {
    package static let fullName = "hilum.v1.WorklistEvent"

    /// The study as it is now.
    package var entry: WorklistEntry?
    /// Hand this to `WatchWorklistRequest` to go on after this event.
    package var resumeToken: String

    /// A message with the given fields; the others have their defaults.
    package init(
        entry: WorklistEntry? = nil, resumeToken: String = ""
    ) {
        self.entry = entry
        self.resumeToken = resumeToken
    }

    package init() {
        self.init(entry: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &entry)
        try visitor.field(2, &resumeToken)
    }
}

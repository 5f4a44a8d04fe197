// What readers do to studies: messages of proto/hilum/v1/triage.proto.

/// A reader's deed on a study.
package struct ReviewStudyRequest: Message {
    package static let fullName = "hilum.v1.ReviewStudyRequest"

    /// What a reader does.
    package enum Action: WireEnum {
        /// Not stated; refused.
        case unspecified
        /// Takes the study to read.
        case claim
        /// Agrees with a finding, or with the study's flag when `finding` is empty.
        case accept
        /// Disagrees with a finding, or with the study's flag when `finding` is empty.
        case reject
        /// Leaves a comment.
        case comment
        /// Gives a claimed study back.
        case release
        /// A value that this version does not know.
        case unrecognized(Int32)

        package init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .unspecified
                case 1: .claim
                case 2: .accept
                case 3: .reject
                case 4: .comment
                case 5: .release
                default: .unrecognized(rawValue)
                }
        }

        package var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .claim: 1
            case .accept: 2
            case .reject: 3
            case .comment: 4
            case .release: 5
            case .unrecognized(let value): value
            }
        }
    }

    /// Study Instance UID (0020,000D).
    package var studyInstanceUID: String
    /// Who reads.
    package var reader: String
    /// What the reader does.
    package var action: Action
    /// Code of the finding meant; empty means the study.
    package var finding: String
    /// In the reader's words.
    package var comment: String

    /// A message with the given fields; the others have their defaults.
    package init(
        studyInstanceUID: String = "", reader: String = "", action: Action = .unspecified, finding: String = "",
        comment: String = ""
    ) {
        self.studyInstanceUID = studyInstanceUID
        self.reader = reader
        self.action = action
        self.finding = finding
        self.comment = comment
    }

    package init() {
        self.init(studyInstanceUID: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &studyInstanceUID)
        try visitor.field(2, &reader)
        try visitor.field(3, &action)
        try visitor.field(4, &finding)
        try visitor.field(5, &comment)
    }
}

/// The study's history after the deed.
package struct ReviewStudyResponse: Message {
    package static let fullName = "hilum.v1.ReviewStudyResponse"

    /// All deeds on the study, oldest first.
    package var history: [ReviewEvent]

    /// A message with the given fields; the others have their defaults.
    package init(
        history: [ReviewEvent] = []
    ) {
        self.history = history
    }

    package init() {
        self.init(history: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &history)
    }
}

/// One deed in a study's history.
package struct ReviewEvent: Message {
    package static let fullName = "hilum.v1.ReviewEvent"

    /// When, milliseconds since 1970-01-01 UTC.
    package var atMs: Int64
    /// Who.
    package var reader: String
    /// What.
    package var action: ReviewStudyRequest.Action
    /// The finding meant; empty means the study.
    package var finding: String
    /// In the reader's words.
    package var comment: String

    /// A message with the given fields; the others have their defaults.
    package init(
        atMs: Int64 = 0, reader: String = "", action: ReviewStudyRequest.Action = .unspecified, finding: String = "",
        comment: String = ""
    ) {
        self.atMs = atMs
        self.reader = reader
        self.action = action
        self.finding = finding
        self.comment = comment
    }

    package init() {
        self.init(atMs: 0)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &atMs)
        try visitor.field(2, &reader)
        try visitor.field(3, &action)
        try visitor.field(4, &finding)
        try visitor.field(5, &comment)
    }
}

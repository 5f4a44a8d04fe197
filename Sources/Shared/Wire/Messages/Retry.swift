// Sending again what was given up: messages of proto/hilum/v1/triage.proto.

/// Asks for what was given up, or is held, to be sent again.
package struct RetryStudiesRequest: Message {
    package static let fullName = "hilum.v1.RetryStudiesRequest"

    /// Study Instance UID (0020,000D); empty only with `all`.
    package var studyInstanceUID: String
    /// True: of every study.
    package var all: Bool

    /// A message with the given fields; the others have their defaults.
    package init(
        studyInstanceUID: String = "", all: Bool = false
    ) {
        self.studyInstanceUID = studyInstanceUID
        self.all = all
    }

    package init() {
        self.init(studyInstanceUID: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &studyInstanceUID)
        try visitor.field(2, &all)
    }
}

/// What is sent again.
package struct RetryStudiesResponse: Message {
    package static let fullName = "hilum.v1.RetryStudiesResponse"

    /// Number of instances.
    package var instanceCount: Int32
    /// Number of studies.
    package var studyCount: Int32

    /// A message with the given fields; the others have their defaults.
    package init(
        instanceCount: Int32 = 0, studyCount: Int32 = 0
    ) {
        self.instanceCount = instanceCount
        self.studyCount = studyCount
    }

    package init() {
        self.init(instanceCount: 0)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &instanceCount)
        try visitor.field(2, &studyCount)
    }
}

/// How soon a human should look. The raw value stands in the ledger and is that of `hilum.v1.Priority`.
package enum TriagePriority: Int, Sendable, Hashable, Comparable, CaseIterable {
    case routine = 1
    case priority = 2
    case urgent = 3

    package static func < (left: TriagePriority, right: TriagePriority) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// What the answers of a study say about its reading order. Answers only ever raise it.
package struct StudyFlag: Sendable, Hashable {
    /// A finding at or above its threshold.
    package struct Finding: Sendable, Hashable {
        package let code: String
        package let priority: TriagePriority

        package init(code: String, priority: TriagePriority) {
            self.code = code
            self.priority = priority
        }
    }

    /// Highest priority of the flagged findings and failed gates.
    package private(set) var priority: TriagePriority
    /// True when a finding is flagged or a human has to look because no answer could be given.
    package private(set) var isFlagged: Bool
    /// Flagged findings, highest priority first, then by code.
    package private(set) var findings: [Finding]

    private init(priority: TriagePriority, isFlagged: Bool, findings: [Finding]) {
        self.priority = priority
        self.isFlagged = isFlagged
        self.findings = findings
    }

    /// Nothing is known, or nothing was found.
    package static let none = StudyFlag(priority: .routine, isFlagged: false, findings: [])

    /// No answer could be given: before routine work, because an unread image is never "normal".
    package static let needsHuman = StudyFlag(priority: .priority, isFlagged: true, findings: [])

    /// A priority that a rule gives a study before anything is known of it.
    package init(priority: TriagePriority) {
        self.init(priority: priority, isFlagged: false, findings: [])
    }

    /// The flag of these flagged findings.
    package init(findings: [Finding]) {
        self = .none
        merge(findings)
    }

    /// The flag of both: nothing that one of them raised is lowered.
    package func raised(by other: StudyFlag) -> StudyFlag {
        var flag = self
        flag.priority = max(priority, other.priority)
        flag.isFlagged = isFlagged || other.isFlagged
        flag.merge(other.findings)
        return flag
    }

    private mutating func merge(_ more: [Finding]) {
        guard !more.isEmpty else { return }
        let highest = Dictionary((findings + more).map { ($0.code, $0.priority) }, uniquingKeysWith: max)
        findings = highest.map(Finding.init).sorted { ($1.priority, $0.code) < ($0.priority, $1.code) }
        priority = findings.reduce(priority) { max($0, $1.priority) }
        isFlagged = true
    }
}

extension StudyFlag {
    /// The flag as the ledger keeps it: `"3 1 scoliosis:2,dense_aorta:1"`.
    package var stored: String {
        "\(priority.rawValue) \(isFlagged ? 1 : 0) "
            + findings.map { "\($0.code):\($0.priority.rawValue)" }.joined(separator: ",")
    }

    /// Reads the ledger's form; nil when it is not one.
    package init?(stored: String) {
        let parts = stored.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let priority = Int(parts[0]).flatMap(TriagePriority.init(rawValue:)) else { return nil }
        var findings: [Finding] = []
        for item in parts[2].split(separator: ",") {
            guard let colon = item.lastIndex(of: ":"),
                let value = Int(item[item.index(after: colon)...]).flatMap(TriagePriority.init(rawValue:))
            else { return nil }
            findings.append(Finding(code: String(item[..<colon]), priority: value))
        }
        self.init(priority: priority, isFlagged: parts[1] == "1", findings: findings)
    }
}

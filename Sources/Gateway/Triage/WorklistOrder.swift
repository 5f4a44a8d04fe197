import Foundation

/// The reading order of the worklist: first what waited longer than the hard maximum, by age; then by priority,
/// then by waiting time. Ties are broken by the ledger's own number of the study.
///
/// The maximum keeps flagged work from starving routine work: with strict priorities the longest wait of
/// unflagged studies grows without bound (Baltruschat et al. 2021).
package struct WorklistOrder: Sendable, Hashable {
    /// Longest time that a study may wait before it comes first.
    package let maximumWait: Duration

    package init(maximumWait: Duration) {
        self.maximumWait = maximumWait
    }

    /// A study received at or before this moment is overdue.
    package func overdueLimit(at now: Timestamp) -> Timestamp {
        now - maximumWait
    }

    /// True when a study received then is overdue.
    package func isOverdue(receivedAt: Timestamp, at now: Timestamp) -> Bool {
        receivedAt <= overdueLimit(at: now)
    }

    /// The section a study lies in at the moment `now`.
    package func section(priority: TriagePriority, receivedAt: Timestamp, at now: Timestamp) -> WorklistSection {
        isOverdue(receivedAt: receivedAt, at: now) ? .overdue : .priority(priority)
    }
}

/// One stretch of the worklist; inside it studies lie by age, oldest first.
package enum WorklistSection: Sendable, Hashable {
    case overdue
    case priority(TriagePriority)

    /// All sections in reading order.
    package static let readingOrder: [WorklistSection] =
        [.overdue] + TriagePriority.allCases.sorted(by: >).map(WorklistSection.priority)

    fileprivate var code: Int {
        switch self {
        case .overdue: 0
        case .priority(let priority): priority.rawValue
        }
    }

    fileprivate init?(code: Int) {
        if code == 0 {
            self = .overdue
        } else if let priority = TriagePriority(rawValue: code) {
            self = .priority(priority)
        } else {
            return nil
        }
    }
}

/// The place after which the next page of the worklist begins.
package struct WorklistCursor: Sendable, Hashable {
    /// When the first page was asked for: the border of "overdue" stays there for all pages.
    package let asOf: Timestamp
    package let section: WorklistSection
    package let receivedAt: Timestamp
    /// The ledger's number of the last study of the page before.
    package let number: Int64

    package init(asOf: Timestamp, section: WorklistSection, receivedAt: Timestamp, number: Int64) {
        self.asOf = asOf
        self.section = section
        self.receivedAt = receivedAt
        self.number = number
    }

    /// Opaque text for a page token; it holds moments and numbers, no identifiers.
    package var token: String {
        Data("1 \(asOf.milliseconds) \(section.code) \(receivedAt.milliseconds) \(number)".utf8).base64EncodedString()
    }

    /// Reads a token; nil when it is not one of ours.
    package init?(token: String) {
        guard token.utf8.count <= 200, let bytes = Data(base64Encoded: token) else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ").map { Int64($0) }
        guard fields.count == 5, fields[0] == 1, let asOf = fields[1], let receivedAt = fields[3],
            let number = fields[4],
            let section = fields[2].flatMap({ Int(exactly: $0) }).flatMap(WorklistSection.init(code:))
        else { return nil }
        self.init(
            asOf: Timestamp(milliseconds: asOf), section: section, receivedAt: Timestamp(milliseconds: receivedAt),
            number: number)
    }
}

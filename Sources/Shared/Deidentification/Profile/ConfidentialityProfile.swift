package import Imaging

/// The Basic Application Level Confidentiality Profile, Table E.1-1 of PS3.15, with the columns of the options we have.
package struct ConfidentialityProfile: Sendable {
    /// The edition of the standard that the table is of.
    package static let edition = "2026c"

    /// What the basic profile does with an attribute (PS3.15 §E.1.1). Where it leaves a choice by the attribute's type in
    /// its module, the one that is right for each of them is taken: a value where one may have to be there.
    package enum Action: String, Sendable, CaseIterable {
        /// A dummy value.
        case D
        /// No value, or a dummy.
        case Z
        case X
        /// Another UID, the same for the same one.
        case U
        case ZorD = "Z/D"
        case XorZ = "X/Z"
        case XorD = "X/D"
        case XorZorD = "X/Z/D"
        /// Only the UIDs in the items of a sequence are other ones.
        case XorZorUInside = "X/Z/U*"
    }

    /// One row of the table.
    package struct Row: Sendable {
        package let tag: Tag
        package let action: Action
        /// The letters of `table`.
        package let options: Set<Character>
        package let keyword: String
    }

    package let rows: [Tag: Row]

    /// The table as the standard has it.
    package static let basic = ConfidentialityProfile(rows: Self.parse(table))

    package func row(_ tag: Tag) -> Row? { rows[tag] }

    private static func parse(_ table: String) -> [Tag: Row] {
        var rows: [Tag: Row] = [:]
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count == 4, let number = UInt32(words[0], radix: 16),
                let action = Action(rawValue: String(words[1]))
            else { preconditionFailure("a row of the table is malformed") }
            let tag = Tag(packed: number)
            rows[tag] = Row(tag: tag, action: action, options: Set(words[2]), keyword: String(words[3]))
        }
        return rows
    }
}

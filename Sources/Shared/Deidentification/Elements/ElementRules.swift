import Imaging

/// What is done to attributes beyond the table.
enum ElementRules {
    /// Free text that names and tells: SR text (PS3.3 §C.17.3), titles of documents.
    static let freeText: Set<Tag> = [Tag(0x0040, 0xA160), Tag(0x0042, 0x0010)]
    /// Value representations of words that people write.
    static let descriptions: Set<String> = ["LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"]
    /// Those of every text.
    static let strings: Set<String> = descriptions.union(["AE", "AS", "CS", "DS", "IS"])

    /// Removed wherever they are: commands, group lengths, private attributes, curves and overlays, attributes nobody
    /// knows, and what holds originals in another form.
    static func isRemoved(_ tag: Tag, vr: String) -> Bool {
        switch tag.group {
        case 0x0000, 0x0001, 0x0003, 0x0005, 0x0007, 0xFFFA...0xFFFF: return true
        case 0x5000...0x50FF, 0x6000...0x60FF: return true
        default: break
        }
        return tag.isPrivate || tag.element == 0 || encrypted.contains(tag)
    }

    /// Encrypted originals, and descriptions of private attributes.
    private static let encrypted: Set<Tag> = [
        Tag(0x0400, 0x0500), Tag(0x0400, 0x0510), Tag(0x0400, 0x0520), Tag(0x0008, 0x0300),
    ]

    /// The value representations of attributes that must have a value of their own kind, whatever the object says.
    static func vr(of tag: Tag) -> String? {
        switch tag {
        case .patientName: "PN"
        case .patientID: "LO"
        case .accessionNumber: "SH"
        default: tag.dictionaryVR
        }
    }

    /// Whether these are times of day (PS3.5 §6.2), and so no text in a disguise.
    static func isTime(_ values: [String]) -> Bool {
        values.allSatisfy { value in
            value.utf8.count <= 16
                && value.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":")
                }
        }
    }
}

extension Tag {
    static let encapsulatedDocument = Tag(0x0042, 0x0011)
}

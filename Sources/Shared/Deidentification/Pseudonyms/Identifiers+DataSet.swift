import Foundation
import Imaging

extension Identifiers {
    private static let texts: Set<String> = ["AE", "LO", "LT", "SH", "ST", "UC", "UR", "UT"]

    /// Those of a whole object, of the items of its sequences too.
    init(of dataSet: DataSet, _ profile: ConfidentialityProfile, _ options: DeidentificationOptions) {
        self.init()
        collect(dataSet, profile, options, isIdentity: false)
    }

    /// - Parameter isIdentity: whether the item is one by which a person or place is coded.
    private mutating func collect(
        _ item: DataSet, _ profile: ConfidentialityProfile, _ options: DeidentificationOptions, isIdentity: Bool
    ) {
        for tag in item.tags where !tag.isPrivate {
            guard let vr = item.information(tag)?.vr else { continue }
            let row = profile.row(tag)
            if vr == "SQ" {
                let codesSomebody = row.map {
                    $0.keyword.contains("Identification") || $0.keyword.contains("PatientID")
                }
                for inner in item.sequence(tag) {
                    collect(inner, profile, options, isIdentity: isIdentity || codesSomebody ?? false)
                }
            } else if isIdentity
                || row.map({ isIdentifying($0, options) }) ?? (vr == "PN" || vr == "UI" || vr == "DA" || vr == "DT")
            {
                add(tag, vr: vr, of: item, keyword: row?.keyword ?? vr)
            }
        }
    }

    /// Whether what stands there says who somebody is, rather than describing something.
    private func isIdentifying(_ row: ConfidentialityProfile.Row, _ options: DeidentificationOptions) -> Bool {
        if row.options.contains("i") { return !options.retainsDeviceIdentity }
        return row.options.isDisjoint(with: "dpq")
    }

    private mutating func add(_ tag: Tag, vr: String, of item: DataSet, keyword: String) {
        guard let bytes = try? item.bytes(tag) else { return }
        let values = [UInt8](bytes).split(separator: UInt8(ascii: "\\")).map(Array.init)
        switch vr {
        case "PN": for value in values { add(name: value, of: keyword) }
        case "DA", "DT": for value in values { add(date: String(decoding: value, as: UTF8.self), of: keyword) }
        case "UI":
            for value in values where !UIDRules.stays(value, at: tag) { add(Self.trimmed(value), of: keyword) }
        case let vr where Self.texts.contains(vr): for value in values { addText(value, of: keyword) }
        default: break
        }
    }
}

/// Which UIDs name a thing of the site, and which a thing of the standard.
enum UIDRules {
    private static let standard = Array("1.2.840.10008.".utf8)
    /// Classes of objects, schemes of codes, groups of contexts: they name no object.
    private static let classes: Set<Tag> = [
        Tag(0x0002, 0x0002), Tag(0x0008, 0x0016), Tag(0x0008, 0x001A), Tag(0x0008, 0x001B), Tag(0x0008, 0x0062),
        Tag(0x0008, 0x010C), Tag(0x0008, 0x0117), Tag(0x0008, 0x0118), Tag(0x0008, 0x1150), Tag(0x0008, 0x115A),
    ]

    /// Whether the UID stays as it is.
    static func stays(_ uid: [UInt8], at tag: Tag) -> Bool {
        let uid = Identifiers.trimmed(uid)
        guard uid.count <= 64, uid.allSatisfy({ $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }) else {
            return uid.isEmpty
        }
        return uid.isEmpty || uid.starts(with: standard) || classes.contains(tag)
    }
}

extension Tag {
    /// Odd groups are private (PS3.5 §7.8).
    var isPrivate: Bool { group % 2 == 1 }
}

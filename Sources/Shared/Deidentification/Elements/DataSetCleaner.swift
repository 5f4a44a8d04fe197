import Foundation
import Imaging

/// Who the patient is outside.
struct PatientAlias {
    let pseudonym: String
    let dates: DateShift
}

/// Does to each element of a data set, and of the items of its sequences, what the profile says.
struct DataSetCleaner {
    let profile: ConfidentialityProfile
    let options: DeidentificationOptions
    let secret: SiteSecret
    let alias: PatientAlias
    let identifiers: Identifiers

    func clean(_ item: DataSet) throws(DeidentificationError) {
        for tag in item.tags {
            guard let vr = item.information(tag)?.vr else { continue }
            if ElementRules.isRemoved(tag, vr: vr) {
                item.remove(tag)
            } else if let row = profile.row(tag) {
                try apply(row, vr: vr, to: item)
            } else {
                try applyDefault(tag, vr: vr, to: item)
            }
        }
    }
}

// MARK: The table's attributes
extension DataSetCleaner {
    private func apply(_ row: ConfidentialityProfile.Row, vr: String, to item: DataSet) throws(DeidentificationError) {
        if try replaceByAlias(row.tag, in: item) { return }
        if try applyOption(row, vr: vr, to: item) { return }
        switch row.action {
        case .X: item.remove(row.tag)
        case .Z, .XorZ: empty(row.tag, vr: vr, in: item)
        case .U: try replaceUIDs(row.tag, in: item)
        case .XorZorUInside: try cleanItems(row.tag, of: item)
        case .D, .ZorD, .XorD, .XorZorD: try putDummy(row.tag, vr: vr, in: item)
        }
    }

    /// What the options keep or clean; false where none of them is about this attribute.
    private func applyOption(
        _ row: ConfidentialityProfile.Row, vr: String, to item: DataSet
    ) throws(DeidentificationError) -> Bool {
        if options.retainsModifiedDates, row.options.contains("t") { return try shift(row.tag, vr: vr, in: item) }
        if options.retainsPatientCharacteristics, row.options.contains("p") { return try keep(row.tag, vr, item) }
        if options.retainsDeviceIdentity, row.options.contains("i") { return try keep(row.tag, vr, item) }
        let isCleaned =
            options.cleansDescriptors && row.options.contains("d")
            || options.retainsPatientCharacteristics && row.options.contains("q")
        guard isCleaned else { return false }
        return try describe(row.tag, vr: vr, in: item)
    }

    private func keep(_ tag: Tag, _ vr: String, _ item: DataSet) throws(DeidentificationError) -> Bool {
        if vr == "SQ" { try cleanItems(tag, of: item) } else { try scrub(tag, vr: vr, in: item) }
        return true
    }

    /// Keeps the words that are harmless; false where none is.
    private func describe(_ tag: Tag, vr: String, in item: DataSet) throws(DeidentificationError) -> Bool {
        if vr == "SQ" {
            try cleanItems(tag, of: item)
            return true
        }
        guard ElementRules.descriptions.contains(vr), let text = item.strings(tag)?.joined(separator: " ") else {
            return false
        }
        let cleaned = DescriptorVocabulary.cleaned(text) { identifiers.occur(in: Array($0.utf8), isFreeText: true) }
        let fitting = String(cleaned.prefix(vr == "SH" ? 16 : 64)).trimmingCharacters(in: .whitespaces)
        guard !fitting.isEmpty else { return false }
        try write { () throws(ImagingError) in try item.set(tag, fitting, vr: vr) }
        return true
    }

    /// False where the value is no date.
    private func shift(_ tag: Tag, vr: String, in item: DataSet) throws(DeidentificationError) -> Bool {
        switch vr {
        case "DA", "DT":
            guard let dates = item.strings(tag) else { return true }
            let shifted = dates.compactMap { $0.isEmpty ? $0 : alias.dates.shifted($0) }
            guard shifted.count == dates.count else { return false }
            try write { () throws(ImagingError) in try item.set(tag, shifted.joined(separator: "\\"), vr: vr) }
            return true
        case "TM": return ElementRules.isTime(item.strings(tag) ?? [])
        case "SH": return true  // TimezoneOffsetFromUTC
        default: return false
        }
    }

    private func replaceByAlias(_ tag: Tag, in item: DataSet) throws(DeidentificationError) -> Bool {
        let replacement: String
        switch tag {
        case .patientName, .patientID: replacement = alias.pseudonym
        case .accessionNumber:
            guard let number = item.string(tag) else { return false }
            replacement = try secret.accessionPseudonym(number)
        default: return false
        }
        try write { () throws(ImagingError) in try item.set(tag, replacement, vr: ElementRules.vr(of: tag)) }
        return true
    }
}

// MARK: All other attributes
extension DataSetCleaner {
    private func applyDefault(_ tag: Tag, vr: String, to item: DataSet) throws(DeidentificationError) {
        if ElementRules.freeText.contains(tag) {
            if options.cleansDescriptors, try describe(tag, vr: vr, in: item) { return }
            return try putDummy(tag, vr: vr, in: item)
        }
        switch vr {
        case "SQ": try cleanItems(tag, of: item)
        case "UI": try replaceUIDs(tag, in: item)
        case "PN": try putDummy(tag, vr: vr, in: item)
        case "DA", "DT", "TM":
            if options.retainsModifiedDates, try shift(tag, vr: vr, in: item) { return }
            if (item.information(tag)?.byteCount ?? 0) > 0 { try putDummy(tag, vr: vr, in: item) }
        case "AE" where !options.retainsDeviceIdentity: try putDummy(tag, vr: vr, in: item)
        case "UN": item.remove(tag)
        default: try scrub(tag, vr: vr, in: item)
        }
    }

    /// Puts a dummy where a text repeats what identifies elsewhere in the object.
    private func scrub(_ tag: Tag, vr: String, in item: DataSet) throws(DeidentificationError) {
        guard ElementRules.strings.contains(vr), let bytes = try read(tag, in: item), !bytes.isEmpty,
            identifiers.occur(in: [UInt8](bytes), isFreeText: ElementRules.descriptions.contains(vr))
        else { return }
        if ElementRules.descriptions.contains(vr) {
            try putDummy(tag, vr: vr, in: item)
        } else {
            empty(tag, vr: vr, in: item)
        }
    }
}

// MARK: Changes
extension DataSetCleaner {
    private func cleanItems(_ tag: Tag, of item: DataSet) throws(DeidentificationError) {
        for inner in item.sequence(tag) { try clean(inner) }
    }

    /// An element whose value representation is not its own becomes empty as its own, or goes.
    private func empty(_ tag: Tag, vr: String, in item: DataSet) {
        do {
            if vr == "SQ" { try item.set(tag, items: []) } else { try item.set(tag, "", vr: ElementRules.vr(of: tag)) }
        } catch {
            item.remove(tag)
        }
    }

    /// Codes of somebody become a code of nobody, the items of other sequences are cleaned.
    private func putDummy(_ tag: Tag, vr: String, in item: DataSet) throws(DeidentificationError) {
        if tag == .encapsulatedDocument { return try EncapsulatedDocument.replace(in: item) }
        if vr == "SQ" {
            let items = item.sequence(tag)
            let isCode = items.contains { item in
                [Tag.codeValue, .longCodeValue, .urnCodeValue].contains { item.contains($0) }
            }
            guard isCode else { return try cleanItems(tag, of: item) }
            return try write { () throws(ImagingError) in try item.set(tag, items: [try Dummy.codeItem()]) }
        }
        let own = ElementRules.vr(of: tag) ?? vr
        do throws(ImagingError) {
            try Dummy.put(tag, vr: own, in: item)
        } catch {
            item.remove(tag)
        }
    }

    private func replaceUIDs(_ tag: Tag, in item: DataSet) throws(DeidentificationError) {
        guard let uids = item.strings(tag) else { return }
        var replaced: [String] = []
        for uid in uids {
            replaced.append(try UIDRules.stays(Array(uid.utf8), at: tag) ? uid : secret.uid(uid))
        }
        guard replaced != uids else { return }
        try write { () throws(ImagingError) in try item.set(tag, replaced.joined(separator: "\\"), vr: "UI") }
    }

    private func read(_ tag: Tag, in item: DataSet) throws(DeidentificationError) -> Data? {
        do throws(ImagingError) { return try item.bytes(tag) } catch { throw .imaging(error) }
    }

    private func write(_ body: () throws(ImagingError) -> Void) throws(DeidentificationError) {
        do throws(ImagingError) { try body() } catch { throw .imaging(error) }
    }
}

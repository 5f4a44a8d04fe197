import Foundation
import Imaging

/// Values that stand where one has to be and mean nothing.
enum Dummy {
    static let text = "REMOVED"
    static let name = "Removed"
    static let date = "19000101"
    static let time = "000000"

    /// All of the above, and ours elsewhere, in small letters.
    static let words: Set<String> = [
        "removed", "19000101", "01011900", "1900-01-01", "1900.01.01", "1900/01/01", "01.01.1900",
        "01/01/1900", "01-01-1900", "unknown", "none", "hilum",
    ]

    /// Puts a dummy of the element's value representation in its place.
    static func put(_ tag: Tag, vr: String, in item: DataSet) throws(ImagingError) {
        switch vr {
        case "PN": try item.set(tag, name, vr: vr)
        case "DA": try item.set(tag, date, vr: vr)
        case "TM": try item.set(tag, time, vr: vr)
        case "DT": try item.set(tag, date + time, vr: vr)
        case "AS": try item.set(tag, "000Y", vr: vr)
        case "IS", "DS": try item.set(tag, "0", vr: vr)
        case "UR": try item.set(tag, "urn:removed", vr: vr)
        case "AE", "CS", "LO", "LT", "SH", "ST", "UC", "UT": try item.set(tag, text, vr: vr)
        case "US", "SS", "UL", "SL", "FL", "FD": try item.set(tag, numbers: [0], vr: vr)
        case "OB", "OW", "UN": try item.set(tag, bytes: Data(count: 2), vr: vr == "OW" ? "OW" : vr)
        default: item.remove(tag)
        }
    }

    /// An item that codes nothing.
    static func codeItem() throws(ImagingError) -> DataSet {
        try code("REMOVED", scheme: "99HILUM", meaning: "Removed")
    }

    static func code(_ value: String, scheme: String, meaning: String) throws(ImagingError) -> DataSet {
        let item = try DataSet()
        try item.set(.codeValue, value)
        try item.set(.codingSchemeDesignator, scheme)
        try item.set(.codeMeaning, meaning)
        return item
    }
}

extension Tag {
    static let codeValue = Tag(0x0008, 0x0100)
    static let codingSchemeDesignator = Tag(0x0008, 0x0102)
    static let codeMeaning = Tag(0x0008, 0x0104)
    static let longCodeValue = Tag(0x0008, 0x0119)
    static let urnCodeValue = Tag(0x0008, 0x0120)
}

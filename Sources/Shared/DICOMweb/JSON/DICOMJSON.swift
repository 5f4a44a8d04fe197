import Foundation
import Imaging

/// Parts that every attribute of the DICOM JSON model is made of (PS3.18 §F.2).
enum DICOMJSON {
    /// `"00100020":{"vr":"LO"`, open for a value.
    static func begin(_ tag: Tag, vr: String, in json: inout JSONText) {
        json.raw("\"")
        json.raw(tag.hexadecimal)
        json.raw("\":{\"vr\":")
        json.string(vr)
    }

    /// The values of a text element; empty ones are null (PS3.18 §F.2.5).
    static func values(_ values: [String], vr: String, in json: inout JSONText) {
        guard values.contains(where: { !$0.isEmpty }) else { return }
        json.raw(",\"Value\":")
        json.list(values) { json, value in
            if value.isEmpty {
                json.raw("null")
            } else if vr == "PN" {
                name(value, in: &json)
            } else if vr == "IS" || vr == "DS", let number = number(value) {
                json.raw(number)
            } else {
                json.string(value)
            }
        }
    }

    /// The component groups of a name (PS3.18 §F.2.2).
    private static func name(_ value: String, in json: inout JSONText) {
        let groups = value.split(separator: "=", maxSplits: 2, omittingEmptySubsequences: false)
        let named = zip(["Alphabetic", "Ideographic", "Phonetic"], groups).filter { !$0.1.isEmpty }
        json.raw("{")
        for (index, (title, group)) in named.enumerated() {
            if index > 0 { json.raw(",") }
            json.string(title)
            json.raw(":")
            json.string(String(group))
        }
        json.raw("}")
    }

    /// A decimal or integer string as JSON has numbers; nil where it is none, and stays a string.
    static func number(_ text: String) -> String? {
        if let whole = Int(text) { return String(whole) }
        let allowed = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
        guard allowed, let number = Double(text), number.isFinite else { return nil }
        if let whole = Int64(exactly: number), abs(whole) < 1 << 53 { return String(whole) }
        return "\(number)"
    }
}

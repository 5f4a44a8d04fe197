import Foundation
import Imaging

/// The values of an object that identify: collected before anything is changed, so that they can be looked for in what
/// is left.
struct Identifiers {
    private struct Value: Hashable {
        let bytes: [UInt8]
        /// Of the attribute it came from.
        let keyword: String
    }

    /// Shorter ones are not looked for in free text, where they would be everywhere.
    private static let leastInText = 3
    /// Shorter ones are not looked for in coded text and numbers.
    private static let leastInCodes = 5
    /// Shorter ones are not looked for in the bytes of the whole file, where pixels make any of them by chance.
    private static let leastInFile = 6

    private var values: Set<Value> = []

    /// A text that is a name of something; a word that every description may hold is none.
    mutating func addText(_ bytes: [UInt8], of keyword: String) {
        let word = String(decoding: Self.lowercased(Self.trimmed(bytes)), as: UTF8.self)
        if !DescriptorVocabulary.contains(word) { add(bytes, of: keyword) }
    }

    mutating func add(_ bytes: some Sequence<UInt8>, of keyword: String) {
        let value = Self.lowercased(Self.trimmed(Array(bytes)))
        guard value.count >= Self.leastInText, !Self.isHarmless(value) else { return }
        values.insert(Value(bytes: value, keyword: keyword))
    }

    /// A person's name and each of its parts (PS3.5 §6.2.1).
    mutating func add(name bytes: [UInt8], of keyword: String) {
        add(bytes, of: keyword)
        let marks = Set("^= ,".utf8)
        for part in bytes.split(whereSeparator: { marks.contains($0) }) { add(part, of: keyword) }
    }

    /// A date in all the ways in which it may be written.
    mutating func add(date text: String, of keyword: String) {
        for form in DateShift.forms(of: text) { add(form.utf8, of: keyword) }
    }

    /// What nobody can be known by, and what we write ourselves.
    private static func isHarmless(_ value: [UInt8]) -> Bool {
        let text = String(decoding: value, as: UTF8.self)
        return Dummy.words.contains(text) || Set(text).count == 1
    }

    /// Whether free text (or a code, a number) holds one of them as a word, in capitals or not.
    func occur(in text: [UInt8], isFreeText: Bool) -> Bool {
        let text = Self.lowercased(text)
        let least = isFreeText ? Self.leastInText : Self.leastInCodes
        return values.contains { value in
            value.bytes.count >= least && Self.contains(text, value.bytes, asWord: value.bytes.count < Self.leastInFile)
        }
    }

    /// The keyword of an attribute whose value is still in the file, as it was or in UTF-16; nil where none is.
    func firstLeft(in file: Data) -> String? {
        let forms = values.filter { $0.bytes.count >= Self.leastInFile }
        guard !forms.isEmpty else { return nil }
        return file.withUnsafeBytes { buffer in
            let search = WordSearch(forms.map(\.bytes), in: buffer)
            return forms.first { search.finds($0.bytes) }?.keyword
        }
    }

    private static func contains(_ text: [UInt8], _ word: [UInt8], asWord: Bool) -> Bool {
        guard text.count >= word.count else { return false }
        for start in 0...(text.count - word.count) where text[start..<(start + word.count)].elementsEqual(word) {
            if !asWord { return true }
            let before = start == 0 ? nil : text[start - 1]
            let after = start + word.count == text.count ? nil : text[start + word.count]
            if !isWordPart(before), !isWordPart(after) { return true }
        }
        return false
    }

    private static func isWordPart(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return byte >= 0x80 || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        let padding: Set<UInt8> = [0, 9, 10, 13, 32]
        return Array(bytes.drop { padding.contains($0) }.reversed().drop { padding.contains($0) }.reversed())
    }

    /// ASCII letters small; other bytes as they are.
    static func lowercased(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}

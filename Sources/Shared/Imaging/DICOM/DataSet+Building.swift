package import Foundation

extension DataSet {
    /// Text values; the value representation comes from the data dictionary unless given.
    package func set(_ tag: Tag, _ values: String..., vr: String? = nil) throws(ImagingError) {
        try file.put(tag, in: item, text: values.joined(separator: "\\"), vr: vr)
    }

    /// Numbers: binary where the value representation is (US, SS, UL, SL, FL, FD, AT), else as text (DS, IS).
    package func set(_ tag: Tag, numbers: [Double], vr: String? = nil) throws(ImagingError) {
        do {
            try file.put(tag, in: item, numbers: numbers, vr: vr)
        } catch {
            let text = numbers.map(Self.decimalString).joined(separator: "\\")
            try file.put(tag, in: item, text: text, vr: vr)
        }
    }

    package func set(_ tag: Tag, _ number: Double) throws(ImagingError) { try set(tag, numbers: [number]) }
    package func set(_ tag: Tag, _ number: Int) throws(ImagingError) { try set(tag, numbers: [Double(number)]) }

    /// Bytes (`OB`, `UN`) or little endian words (`OW`).
    package func set(_ tag: Tag, bytes: Data, vr: String) throws(ImagingError) {
        try file.put(tag, in: item, bytes: bytes, vr: vr)
    }

    /// A sequence of copies of `items`.
    package func set(_ tag: Tag, items: [DataSet]) throws(ImagingError) {
        try file.put(tag, in: item, items: items.map { ($0.file, $0.item) })
    }

    /// Encapsulated pixel data, one fragment for each of `frames`.
    package func setPixelData(frames: [Data], transferSyntax: TransferSyntax) throws(ImagingError) {
        try file.put(.pixelData, in: item, fragments: frames, syntax: transferSyntax)
    }

    /// Puts other bytes into a compressed fragment of the pixel data; fragment 0 is the basic offset table.
    package func setFragment(_ index: Int, _ bytes: Data) throws(ImagingError) {
        try file.setFragment(index, bytes)
    }

    /// Forgets preamble and file meta information, with whatever they held; `serialised` makes new ones.
    package func clearFileMeta() throws(ImagingError) { try file.clearMeta() }

    /// Copies one element, a sequence with all in it included; does nothing where `other` lacks it.
    package func copy(_ tag: Tag, from other: DataSet) throws(ImagingError) {
        try file.copy(tag, to: item, from: other.file, item: other.item)
    }

    /// Removes an element where it is present.
    package func remove(_ tag: Tag) { file.remove(tag, in: item) }

    /// Turns all text into UTF-8 (PS3.3 §C.12.1.1.2, `ISO_IR 192`), sets with code extensions included; false, with a
    /// data set that is half turned, where text is not in the character set that the data set names.
    package func makeUnicode() -> Bool { file.makeUnicode(in: item) }

    /// The whole file as DICOM Part 10 bytes with preamble and file meta information.
    package func serialised(as syntax: TransferSyntax = .explicitVRLittleEndian) throws(ImagingError) -> Data {
        try file.serialised(as: syntax)
    }

    /// A decimal string of at most 16 characters (PS3.5 §6.2, DS), as exact as they allow.
    private static func decimalString(_ number: Double) -> String {
        if let whole = Int(exactly: number) { return String(whole) }
        var text = "\(number)"
        var digits = 15
        while text.utf8.count > 16, digits > 1 {
            text = String(format: "%.\(digits)g", number)
            digits -= 1
        }
        return text
    }
}

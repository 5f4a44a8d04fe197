package import Foundation

/// One DICOM data set, or one item of a sequence in it.
///
/// Parsed from bytes of any transfer syntax, or built element by element and serialised. Large values stay in the bytes
/// they came from until they are asked for. An item keeps its whole file alive; a data set may be shared between tasks.
package final class DataSet: Sendable {
    let file: DICOMFile
    let item: DICOMFile.Item

    private init(file: DICOMFile, item: DICOMFile.Item) {
        self.file = file
        self.item = item
    }

    /// An empty data set, to be filled with `set…`.
    package convenience init() throws(ImagingError) {
        let file = try DICOMFile.create()
        self.init(file: file, item: file.root)
    }

    /// Parses a file, with or without preamble and file meta information (PS3.10 §7.1).
    ///
    /// - Throws: `ImagingError.unrecognisedFormat` where nothing looks like DICOM, `.malformedDICOM` where the structure
    ///   breaks off or exceeds `limits`.
    package convenience init(parsing bytes: Data, limits: ImageLimits = .standard) throws(ImagingError) {
        let file = try DICOMFile.parse(bytes, limits: limits)
        self.init(file: file, item: file.root)
        guard tags.contains(where: { $0.group != 0x0002 }) else {
            throw .malformedDICOM(.noAttributes, atByte: bytes.count)
        }
    }

    /// Of the file: as declared in its meta information, else as found while reading; nil for one built here.
    package var transferSyntaxUID: String? {
        if let declared = file.declaredSyntax?.trimmed, !declared.isEmpty { return declared }
        return file.readSyntax
    }

    /// Every tag here, nested items not included, in the order of the file.
    package var tags: [Tag] { file.tags(in: item) }

    package func contains(_ tag: Tag) -> Bool { information(tag) != nil }

    /// The value representation and the length in bytes of an element, or nil where it is absent.
    package func information(_ tag: Tag) -> (vr: String, byteCount: Int)? { file.information(tag, in: item) }

    /// The items of a sequence, empty where it is absent.
    package func sequence(_ tag: Tag) -> [DataSet] {
        file.items(tag, in: item).map { DataSet(file: file, item: $0) }
    }
}

// MARK: - Values

extension DataSet {
    /// All values of a text element without padding, split at backslashes; bytes that are not UTF-8 are replaced.
    /// Nil where the element is absent, empty or not text.
    package func strings(_ tag: Tag) -> [String]? {
        guard let text = file.text(tag, in: item) else { return nil }
        guard text.utf8.contains(UInt8(ascii: "\\")) else {
            let value = text.trimmed
            return value.isEmpty ? nil : [value]
        }
        let values = text.split(separator: "\\", omittingEmptySubsequences: false).map { String($0).trimmed }
        return values.allSatisfy(\.isEmpty) ? nil : values
    }

    /// The first value of a text element.
    package func string(_ tag: Tag) -> String? { strings(tag)?.first.flatMap { $0.isEmpty ? nil : $0 } }

    /// The text of an element that has one value, in which a backslash means nothing (LT, ST, UT, UR), without its
    /// padding; nil where absent, empty or not text.
    package func text(_ tag: Tag) -> String? {
        guard let text = file.text(tag, in: item) else { return nil }
        let end = text.utf8.lastIndex { $0 != 0x20 && $0 != 0 }
        return end.map { String(text[...$0]) }
    }

    /// Turns the text of the whole file into Unicode, where it is in another character set (PS3.3 §C.12.1.1.2).
    /// Without this, text that is not UTF-8 is read with replaced bytes.
    package func convertToUnicode() {
        let sets = strings(.specificCharacterSet) ?? []
        guard sets.contains(where: { !["", "ISO_IR 6", "ISO_IR 192"].contains($0) }) else { return }
        file.convertToUTF8()
    }

    /// All values of a number element, binary (US, FD, …) or text (DS, IS); nil where absent, empty or not a number.
    package func doubles(_ tag: Tag) -> [Double]? {
        if let numbers = file.numbers(tag, in: item) { return numbers.isEmpty ? nil : numbers }
        guard let values = strings(tag) else { return nil }
        let numbers = values.compactMap { Double($0) }
        return numbers.count == values.count ? numbers : nil
    }

    package func double(_ tag: Tag) -> Double? { doubles(tag)?.first }

    /// The first value as a whole number; nil where it has a fraction.
    package func int(_ tag: Tag) -> Int? { double(tag).flatMap(Int.init(exactly:)) }

    /// Part of a binary value, words in little endian order.
    ///
    /// - Throws: `ImagingError.missingAttribute`, or `.malformedDICOM` where the range is not there.
    package func read(_ tag: Tag, from offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ImagingError) {
        try file.read(tag, in: item, from: offset, into: buffer)
    }

    /// Part of a binary value, words in little endian order: the file's own bytes where these hold it as it is, so that
    /// nothing is copied.
    ///
    /// - Throws: as `read`.
    func value(_ tag: Tag, _ range: Range<Int>) throws(ImagingError) -> Data {
        if let place = file.place(of: tag, in: item, range) { return place }
        var copy = Data(count: range.count)
        var failure: ImagingError?
        copy.withUnsafeMutableBytes { buffer in
            do throws(ImagingError) { try read(tag, from: range.lowerBound, into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        return copy
    }

    /// A whole binary value, words in little endian order; nil where absent or a sequence.
    package func bytes(_ tag: Tag) throws(ImagingError) -> Data? {
        guard let (vr, count) = information(tag), vr != "SQ", count < 0xFFFF_FFFF else { return nil }
        var value = Data(count: count)
        var failure: ImagingError?
        value.withUnsafeMutableBytes { buffer in
            do throws(ImagingError) { try read(tag, from: 0, into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        return value
    }

    /// The compressed fragments of the pixel data, sizes in bytes; the first is the basic offset table (PS3.5 §A.4).
    /// Empty where the pixel data is not encapsulated.
    package var fragmentSizes: [Int] { file.fragmentSizes }

    /// The bytes of consecutive fragments, put together.
    package func fragments(_ range: Range<Int>) throws(ImagingError) -> Data { try file.fragments(range) }
}

extension String {
    /// Without the spaces and nulls that pad DICOM values (PS3.5 §6.2).
    fileprivate var trimmed: String {
        let isPadding = { (byte: UInt8) in byte == 0x20 || byte == 0 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
        if let first = utf8.first, let last = utf8.last, !isPadding(first), !isPadding(last) { return self }
        guard let first = utf8.firstIndex(where: { !isPadding($0) }),
            let last = utf8.lastIndex(where: { !isPadding($0) })
        else { return "" }
        return String(self[first...last])
    }
}

import CDCMTK
package import Foundation

/// One DICOM data set, or one item of a sequence in it.
///
/// Parsed from bytes of any transfer syntax, or built element by element and serialised. Large values stay in the bytes
/// they came from until they are asked for. An item keeps its whole file alive; a lock guards each file, so a data set
/// may be shared between tasks.
package final class DataSet: Sendable {
    private let file: File
    private let root: Item

    /// A pointer into `file`, used only under its lock.
    private struct Item: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private init(file: File, root: Item) {
        self.file = file
        self.root = root
    }

    /// An empty data set, to be filled with `set…`.
    package convenience init() throws(ImagingError) {
        guard let handle = dicom_create() else { throw .outOfMemory }
        self.init(file: File(owning: handle, bytes: Data()), root: Item(pointer: dicom_root(handle)))
    }

    /// Parses a file, with or without preamble and file meta information (PS3.10 §7.1).
    ///
    /// - Throws: `ImagingError.unrecognisedFormat` where nothing looks like DICOM, `.malformedDICOM` where the structure
    ///   breaks off or exceeds `limits`.
    package convenience init(parsing bytes: Data, limits: ImageLimits = .standard) throws(ImagingError) {
        var handle: OpaquePointer?
        var bounds = dicom_limits()
        bounds.max_inflated_bytes = UInt64(limits.maxInflatedBytes)
        bounds.max_stack_bytes = 192 << 10
        bounds.max_reads = 4 * UInt64(limits.maxElements)
        var stoppedAt = 0
        let status = bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return dicom_parse(start, buffer.count, &bounds, &handle, &stoppedAt)
        }
        guard status == DICOM_OK, let handle else { throw ImagingError(status, atByte: stoppedAt) }
        self.init(file: File(owning: handle, bytes: bytes), root: Item(pointer: dicom_root(handle)))
        guard tags.contains(where: { $0.group != 0x0002 }) else {
            throw .malformedDICOM(.noAttributes, atByte: bytes.count)
        }
    }

    /// Runs `body` with the file's handle under its lock, its bytes in place.
    private func withItem<R>(_ body: (OpaquePointer) -> R) -> R { file.withHandle { _ in body(root.pointer) } }

    /// Sole owner of a DCMTK object. The lock guards every use of it.
    private final class File: @unchecked Sendable {
        private let handle: OpaquePointer
        private let bytes: Data
        private let lock = NSLock()

        init(owning handle: OpaquePointer, bytes: Data) {
            self.handle = handle
            self.bytes = bytes
        }

        func withHandle<R>(_ body: (OpaquePointer) -> R) -> R {
            lock.withLock {
                bytes.withUnsafeBytes { buffer in
                    dicom_set_source(handle, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self))
                    return body(handle)
                }
            }
        }

        deinit { dicom_free(handle) }
    }
}

// MARK: - Reading

extension DataSet {
    /// Of the file: as declared in its meta information, else as found while reading; nil for one built here.
    package var transferSyntaxUID: String? {
        let declared = file.withHandle { handle in Self.text(dicom_meta(handle), .transferSyntaxUID) }
        if let declared = declared?.trimmed, !declared.isEmpty { return declared }
        return file.withHandle { handle in dicom_read_syntax(handle).map { String(cString: $0) } }
    }

    /// Every tag here, nested items not included, in the order of the file.
    package var tags: [Tag] {
        let packed = withItem { item in
            [UInt32](unsafeUninitializedCapacity: dicom_element_count(item)) { buffer, count in
                guard let base = buffer.baseAddress else { return }
                count = min(dicom_tags(item, base, buffer.count), buffer.count)
            }
        }
        return packed.map(Tag.init(packed:))
    }

    package func contains(_ tag: Tag) -> Bool { information(tag) != nil }

    /// The value representation and the length in bytes of an element, or nil where it is absent.
    package func information(_ tag: Tag) -> (vr: String, byteCount: Int)? {
        withItem { item in
            var vr: [CChar] = [0, 0, 0]
            var byteCount: UInt64 = 0
            guard dicom_element_info(item, tag.packed, &vr, &byteCount) == DICOM_OK else { return nil }
            let name = String(decoding: vr.prefix(2).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return (name, Int(clamping: byteCount))
        }
    }

    /// All values of a text element without padding, split at backslashes; bytes that are not UTF-8 are replaced.
    /// Nil where the element is absent, empty or not text.
    package func strings(_ tag: Tag) -> [String]? {
        guard let text = withItem({ item in Self.text(item, tag) }) else { return nil }
        let values = text.split(separator: "\\", omittingEmptySubsequences: false).map { String($0).trimmed }
        return values.allSatisfy(\.isEmpty) ? nil : values
    }

    /// The first value of a text element.
    package func string(_ tag: Tag) -> String? { strings(tag)?.first.flatMap { $0.isEmpty ? nil : $0 } }

    /// All values of a number element, binary (US, FD, …) or text (DS, IS); nil where absent, empty or not a number.
    package func doubles(_ tag: Tag) -> [Double]? {
        if let numbers = withItem({ item in Self.numbers(item, tag) }) { return numbers.isEmpty ? nil : numbers }
        guard let values = strings(tag) else { return nil }
        let numbers = values.compactMap { Double($0) }
        return numbers.count == values.count ? numbers : nil
    }

    package func double(_ tag: Tag) -> Double? { doubles(tag)?.first }

    /// The first value as a whole number; nil where it has a fraction.
    package func int(_ tag: Tag) -> Int? { double(tag).flatMap(Int.init(exactly:)) }

    /// The items of a sequence, empty where it is absent.
    package func sequence(_ tag: Tag) -> [DataSet] {
        let items = withItem { item in
            let capacity = dicom_sequence_count(item, tag.packed)
            return [OpaquePointer?](unsafeUninitializedCapacity: capacity) { buffer, count in
                guard let base = buffer.baseAddress else { return }
                buffer.initialize(repeating: nil)
                count = dicom_sequence_items(item, tag.packed, base, capacity)
            }.compactMap { $0.map(Item.init(pointer:)) }
        }
        return items.map { DataSet(file: file, root: $0) }
    }

    /// Part of a binary value, words in little endian order.
    ///
    /// - Throws: `ImagingError.missingAttribute`, or `.malformedDICOM` where the range is not there.
    package func read(_ tag: Tag, from offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ImagingError) {
        guard let base = buffer.baseAddress, buffer.count > 0 else { return }
        let status = withItem { item in dicom_read(item, tag.packed, UInt64(max(0, offset)), base, buffer.count) }
        guard status != DICOM_NO_ELEMENT else { throw .missingAttribute(keyword: tag.keyword) }
        guard status == DICOM_OK else { throw ImagingError(status) }
    }

    /// A whole binary value, words in little endian order; nil where absent or a sequence.
    package func bytes(_ tag: Tag) throws(ImagingError) -> Data? {
        guard let (vr, count) = information(tag), vr != "SQ" else { return nil }
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
    package var fragmentSizes: [Int] {
        file.withHandle { handle in
            (0..<dicom_fragment_count(handle)).map { Int(dicom_fragment_size(handle, $0)) }
        }
    }

    /// The bytes of consecutive fragments, put together.
    package func fragments(_ range: Range<Int>) throws(ImagingError) -> Data {
        var status = DICOM_OK
        let joined = file.withHandle { handle in
            let sizes = range.map { Int(dicom_fragment_size(handle, $0)) }
            var joined = Data(count: sizes.reduce(0, +))
            joined.withUnsafeMutableBytes { buffer in
                var offset = 0
                for (index, size) in zip(range, sizes) where status == DICOM_OK && size > 0 {
                    guard let base = buffer.baseAddress else { return }
                    status = dicom_read_fragment(handle, index, base + offset, size)
                    offset += size
                }
            }
            return joined
        }
        guard status == DICOM_OK else { throw ImagingError(status) }
        return joined
    }

    private static func text(_ item: OpaquePointer, _ tag: Tag) -> String? {
        var text: UnsafePointer<CChar>?
        var count = 0
        guard dicom_text(item, tag.packed, &text, &count) == DICOM_OK, let text else { return nil }
        return String(decoding: UnsafeRawBufferPointer(start: text, count: count), as: UTF8.self)
    }

    private static func numbers(_ item: OpaquePointer, _ tag: Tag) -> [Double]? {
        var count = 0
        guard dicom_numbers(item, tag.packed, nil, 0, &count) == DICOM_OK else { return nil }
        var numbers = [Double](repeating: 0, count: count)
        guard dicom_numbers(item, tag.packed, &numbers, count, &count) == DICOM_OK else { return nil }
        return numbers
    }
}

// MARK: - Building and writing

extension DataSet {
    /// Text values; the value representation comes from the data dictionary unless given.
    package func set(_ tag: Tag, _ values: String..., vr: String? = nil) throws(ImagingError) {
        let text = values.joined(separator: "\\")
        try change(tag) { file, item in dicom_put_text(file, item, tag.packed, vr, text) }
    }

    /// Numbers: binary where the value representation is (US, SS, UL, SL, FL, FD, AT), else as text (DS, IS).
    package func set(_ tag: Tag, numbers: [Double], vr: String? = nil) throws(ImagingError) {
        let binary = file.withHandle { handle in
            dicom_put_numbers(handle, root.pointer, tag.packed, vr, numbers, numbers.count)
        }
        guard binary != DICOM_OK else { return }
        let text = numbers.map(Self.decimalString).joined(separator: "\\")
        try change(tag) { file, item in dicom_put_text(file, item, tag.packed, vr, text) }
    }

    package func set(_ tag: Tag, _ number: Double) throws(ImagingError) { try set(tag, numbers: [number]) }
    package func set(_ tag: Tag, _ number: Int) throws(ImagingError) { try set(tag, numbers: [Double(number)]) }

    /// Bytes (`OB`, `UN`) or little endian words (`OW`).
    package func set(_ tag: Tag, bytes: Data, vr: String) throws(ImagingError) {
        try change(tag) { file, item in
            bytes.withUnsafeBytes { dicom_put_bytes(file, item, tag.packed, vr, $0.baseAddress, $0.count) }
        }
    }

    /// A sequence of copies of `items`.
    package func set(_ tag: Tag, items: [DataSet]) throws(ImagingError) {
        var copies: [OpaquePointer] = []
        for item in items {
            var copy: OpaquePointer?
            let status = item.withItem { dicom_clone_item($0, &copy) }
            guard status == DICOM_OK, let copy else {
                copies.forEach(dicom_element_free)
                throw .cannotWrite(keyword: tag.keyword)
            }
            copies.append(copy)
        }
        let status = file.withHandle { handle in
            var status = dicom_put_empty_sequence(handle, root.pointer, tag.packed)
            for copy in copies {
                if status == DICOM_OK { status = dicom_append_item(root.pointer, tag.packed, copy) }
                if status != DICOM_OK { dicom_element_free(copy) }
            }
            return status
        }
        guard status == DICOM_OK else { throw .cannotWrite(keyword: tag.keyword) }
    }

    /// Encapsulated pixel data, one fragment for each of `frames`.
    package func setPixelData(frames: [Data], transferSyntax: TransferSyntax) throws(ImagingError) {
        var joined = Data()
        frames.forEach { joined.append($0) }
        let sizes = frames.map(\.count)
        try change(.pixelData) { file, item in
            joined.withUnsafeBytes { buffer in
                var none: UInt8 = 0
                let base = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
                return withUnsafePointer(to: &none) {
                    dicom_put_fragments(file, item, transferSyntax.rawValue, base ?? $0, sizes, sizes.count)
                }
            }
        }
    }

    /// Copies one element, a sequence with all in it included; does nothing where `other` lacks it.
    package func copy(_ tag: Tag, from other: DataSet) throws(ImagingError) {
        var element: OpaquePointer?
        let status = other.withItem { dicom_clone_element($0, tag.packed, &element) }
        if status == DICOM_NO_ELEMENT { return }
        guard status == DICOM_OK, let element else { throw .cannotWrite(keyword: tag.keyword) }
        try change(tag) { file, item in dicom_insert(file, item, element) }
    }

    /// Removes an element where it is present.
    package func remove(_ tag: Tag) {
        _ = file.withHandle { handle in dicom_remove(handle, root.pointer, tag.packed) }
    }

    /// The whole file as DICOM Part 10 bytes with preamble and file meta information.
    package func serialised(as syntax: TransferSyntax = .explicitVRLittleEndian) throws(ImagingError) -> Data {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = file.withHandle { handle in dicom_serialise(handle, syntax.rawValue, &bytes, &count) }
        guard status == DICOM_OK, let bytes else { throw .cannotWrite(keyword: Tag.transferSyntaxUID.keyword) }
        return Data(bytesNoCopy: bytes, count: count, deallocator: .free)
    }

    private func change(
        _ tag: Tag, _ body: (_ file: OpaquePointer, _ item: OpaquePointer) -> dicom_status
    ) throws(ImagingError) {
        let status = file.withHandle { handle in body(handle, root.pointer) }
        guard status == DICOM_OK else { throw .cannotWrite(keyword: tag.keyword) }
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

// MARK: - Dictionary and statuses

extension Tag {
    /// The keyword of the data dictionary, `(gggg,eeee)` for a tag it does not have.
    package var keyword: String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard dicom_keyword(packed, &buffer, buffer.count) else {
            return String(format: "(%04x,%04x)", Int(group), Int(element))
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The tag with a keyword of the data dictionary, such as `PixelSpacing`.
    package init?(keyword: String) {
        var packed: UInt32 = 0
        guard dicom_tag_of_keyword(keyword, &packed) else { return nil }
        self.init(packed: packed)
    }
}

extension ImagingError {
    fileprivate init(_ status: dicom_status, atByte: Int? = nil) {
        self =
            switch status {
            case DICOM_NOT_DICOM: .unrecognisedFormat
            case DICOM_TOO_DEEP: .malformedDICOM(.sequencesTooDeep, atByte: atByte)
            case DICOM_TOO_MANY_ELEMENTS: .malformedDICOM(.tooManyElements, atByte: atByte)
            case DICOM_INFLATES_TOO_FAR: .malformedDICOM(.inflatesTooFar, atByte: atByte)
            case DICOM_INFLATE_FAILED: .malformedDICOM(.deflateStream, atByte: atByte)
            case DICOM_NO_MEMORY: .outOfMemory
            default: .malformedDICOM(.structure, atByte: atByte)
            }
    }
}

extension String {
    /// Without the spaces and nulls that pad DICOM values (PS3.5 §6.2).
    fileprivate var trimmed: String { trimmingCharacters(in: CharacterSet(charactersIn: " \0\t\r\n")) }
}

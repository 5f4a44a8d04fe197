import CDCMTK
import Foundation

/// The one owner of a DCMTK object: no pointer to it leaves this file.
///
/// `@unchecked Sendable`: `lock` guards every use of the handle and of all items in it, for DCMTK loads values lazily.
final class DICOMFile: @unchecked Sendable {
    /// A data set or a sequence item inside the file; worth something only together with it.
    struct Item: @unchecked Sendable {
        fileprivate let pointer: OpaquePointer
    }

    /// The data set itself.
    let root: Item
    private let handle: OpaquePointer
    private let bytes: Data
    private let lock = NSLock()

    private init(owning handle: OpaquePointer, bytes: Data) {
        self.handle = handle
        self.bytes = bytes
        root = Item(pointer: dicom_root(handle))
    }

    deinit { dicom_free(handle) }

    /// An empty one.
    static func create() throws(ImagingError) -> DICOMFile {
        guard let handle = dicom_create() else { throw .outOfMemory }
        return DICOMFile(owning: handle, bytes: Data())
    }

    static func parse(_ bytes: Data, limits: ImageLimits) throws(ImagingError) -> DICOMFile {
        var bounds = dicom_limits()
        bounds.max_inflated_bytes = UInt64(limits.maxInflatedBytes)
        bounds.max_stack_bytes = 192 << 10
        bounds.max_reads = 4 * UInt64(limits.maxElements)
        var handle: OpaquePointer?
        var stoppedAt = 0
        let status = bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return dicom_parse(start, buffer.count, &bounds, &handle, &stoppedAt)
        }
        guard status == DICOM_OK, let handle else { throw ImagingError(status, atByte: stoppedAt) }
        return DICOMFile(owning: handle, bytes: bytes)
    }

    /// Runs `body` under the lock, with the bytes that large values still lie in.
    private func withHandle<R>(_ body: (OpaquePointer) -> R) -> R {
        lock.withLock {
            bytes.withUnsafeBytes { buffer in
                dicom_set_source(handle, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self))
                return body(handle)
            }
        }
    }
}

// MARK: - Reading

extension DICOMFile {
    /// As the file meta information declares it, unpadded or not.
    var declaredSyntax: String? { withHandle { Self.text(.transferSyntaxUID, in: dicom_meta($0)) } }

    /// As found while parsing; nil for a data set built here.
    var readSyntax: String? { withHandle { dicom_read_syntax($0).map { String(cString: $0) } } }

    func tags(in item: Item) -> [Tag] {
        let packed = withHandle { _ in
            [UInt32](unsafeUninitializedCapacity: dicom_element_count(item.pointer)) { buffer, count in
                guard let base = buffer.baseAddress else { return }
                count = min(dicom_tags(item.pointer, base, buffer.count), buffer.count)
            }
        }
        return packed.map(Tag.init(packed:))
    }

    func information(_ tag: Tag, in item: Item) -> (vr: String, byteCount: Int)? {
        withHandle { _ in
            var vr: [CChar] = [0, 0, 0]
            var byteCount: UInt64 = 0
            guard dicom_element_info(item.pointer, tag.packed, &vr, &byteCount) == DICOM_OK else { return nil }
            let name = String(decoding: vr.prefix(2).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return (name, Int(clamping: byteCount))
        }
    }

    /// All values of a text element, padding and backslashes included; nil where absent or not text.
    func text(_ tag: Tag, in item: Item) -> String? { withHandle { _ in Self.text(tag, in: item.pointer) } }

    /// Nil where absent or not a binary number.
    func numbers(_ tag: Tag, in item: Item) -> [Double]? {
        withHandle { _ in
            var count = 0
            guard dicom_numbers(item.pointer, tag.packed, nil, 0, &count) == DICOM_OK else { return nil }
            var numbers = [Double](repeating: 0, count: count)
            guard dicom_numbers(item.pointer, tag.packed, &numbers, count, &count) == DICOM_OK else { return nil }
            return numbers
        }
    }

    /// Does nothing where the character set is one that DCMTK does not know.
    func convertToUTF8() {
        withHandle { handle in _ = dicom_convert_to_utf8(handle) }
    }

    func items(_ tag: Tag, in item: Item) -> [Item] {
        withHandle { _ in
            let capacity = dicom_sequence_count(item.pointer, tag.packed)
            return [OpaquePointer?](unsafeUninitializedCapacity: capacity) { buffer, count in
                guard let base = buffer.baseAddress else { return }
                buffer.initialize(repeating: nil)
                count = dicom_sequence_items(item.pointer, tag.packed, base, capacity)
            }.compactMap { $0.map(Item.init(pointer:)) }
        }
    }

    /// Part of a binary value, words in little endian order.
    func read(
        _ tag: Tag, in item: Item, from offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ImagingError) {
        guard let base = buffer.baseAddress, buffer.count > 0 else { return }
        let status = withHandle { _ in
            dicom_read(item.pointer, tag.packed, UInt64(max(0, offset)), base, buffer.count)
        }
        guard status != DICOM_NO_ELEMENT else { throw .missingAttribute(keyword: tag.keyword) }
        guard status == DICOM_OK else { throw ImagingError(status) }
    }

    /// A part of a value where it stands in the bytes that the file was parsed from; nil where these do not hold it as
    /// little endian words.
    func place(of tag: Tag, in item: Item, _ range: Range<Int>) -> Data? {
        var (offset, length) = (0, 0)
        let status = withHandle { handle in dicom_value_place(handle, item.pointer, tag.packed, &offset, &length) }
        guard status == DICOM_OK, length <= bytes.count, offset <= bytes.count - length,
            range.lowerBound >= 0, range.upperBound <= length
        else { return nil }
        let first = bytes.startIndex + offset
        return bytes[(first + range.lowerBound)..<(first + range.upperBound)]
    }

    /// Of the root's encapsulated pixel data, the offset table first.
    var fragmentSizes: [Int] {
        withHandle { handle in (0..<dicom_fragment_count(handle)).map { Int(dicom_fragment_size(handle, $0)) } }
    }

    func fragments(_ range: Range<Int>) throws(ImagingError) -> Data {
        var status = DICOM_OK
        let joined = withHandle { handle in
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

    private static func text(_ tag: Tag, in item: OpaquePointer) -> String? {
        var text: UnsafePointer<CChar>?
        var count = 0
        guard dicom_text(item, tag.packed, &text, &count) == DICOM_OK, let text else { return nil }
        return String(decoding: UnsafeRawBufferPointer(start: text, count: count), as: UTF8.self)
    }
}

// MARK: - Building

extension DICOMFile {
    func put(_ tag: Tag, in item: Item, text: String, vr: String?) throws(ImagingError) {
        try change(tag) { dicom_put_text($0, item.pointer, tag.packed, vr, text) }
    }

    /// - Throws: where the value representation is not a binary number, or cannot hold one of these.
    func put(_ tag: Tag, in item: Item, numbers: [Double], vr: String?) throws(ImagingError) {
        try change(tag) { dicom_put_numbers($0, item.pointer, tag.packed, vr, numbers, numbers.count) }
    }

    func put(_ tag: Tag, in item: Item, bytes: Data, vr: String) throws(ImagingError) {
        try change(tag) { handle in
            bytes.withUnsafeBytes { dicom_put_bytes(handle, item.pointer, tag.packed, vr, $0.baseAddress, $0.count) }
        }
    }

    func put(_ tag: Tag, in item: Item, fragments: [Data], syntax: TransferSyntax) throws(ImagingError) {
        let sizes = fragments.map(\.count)
        let joined = [UInt8](fragments.joined())
        try change(tag) { dicom_put_fragments($0, item.pointer, syntax.rawValue, joined, sizes, sizes.count) }
    }

    /// A sequence of items copied from other files or this one.
    func put(_ tag: Tag, in item: Item, items: [(file: DICOMFile, item: Item)]) throws(ImagingError) {
        var copies: [OpaquePointer] = []
        var isComplete = true
        for source in items where isComplete {
            // Each file under its own lock only, one after the other.
            var copy: OpaquePointer?
            isComplete = source.file.withHandle { _ in dicom_clone_item(source.item.pointer, &copy) } == DICOM_OK
            if let copy { copies.append(copy) }
        }
        try change(tag) { handle in
            var status = isComplete ? dicom_put_empty_sequence(handle, item.pointer, tag.packed) : DICOM_FAILED
            for copy in copies {
                if status == DICOM_OK { status = dicom_append_item(item.pointer, tag.packed, copy) }
                if status != DICOM_OK { dicom_element_free(copy) }
            }
            return status
        }
    }

    /// Does nothing where the other item lacks the element.
    func copy(_ tag: Tag, to item: Item, from other: DICOMFile, item source: Item) throws(ImagingError) {
        var element: OpaquePointer?
        let status = other.withHandle { _ in dicom_clone_element(source.pointer, tag.packed, &element) }
        if status == DICOM_NO_ELEMENT { return }
        guard status == DICOM_OK, let element else { throw .cannotWrite(keyword: tag.keyword) }
        try change(tag) { dicom_insert($0, item.pointer, element) }
    }

    func remove(_ tag: Tag, in item: Item) {
        withHandle { handle in _ = dicom_remove(handle, item.pointer, tag.packed) }
    }

    /// False where text is not in the character set that the item names.
    func makeUnicode(in item: Item) -> Bool {
        withHandle { _ in dicom_to_unicode(item.pointer) } == DICOM_OK
    }

    /// Puts other bytes into a fragment of the pixel data; their count is even.
    func setFragment(_ index: Int, _ bytes: Data) throws(ImagingError) {
        try change(.pixelData) { handle in
            bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { dicom_write_fragment(handle, index, $0, buffer.count) } ?? DICOM_OK
            }
        }
    }

    /// Forgets preamble and file meta information.
    func clearMeta() throws(ImagingError) {
        guard withHandle(dicom_clear_meta) == DICOM_OK else { throw .outOfMemory }
    }

    func serialised(as syntax: TransferSyntax) throws(ImagingError) -> Data {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = withHandle { dicom_serialise($0, syntax.rawValue, &bytes, &count) }
        guard status == DICOM_OK, let bytes else { throw .cannotWrite(keyword: Tag.transferSyntaxUID.keyword) }
        return Data(bytesNoCopy: bytes, count: count, deallocator: .free)
    }

    private func change(_ tag: Tag, _ body: (OpaquePointer) -> dicom_status) throws(ImagingError) {
        guard withHandle(body) == DICOM_OK else { throw .cannotWrite(keyword: tag.keyword) }
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

import Foundation

/// A blob as it stands in a journal: a head of fixed length, the note of its arrival, the bytes, and zeros up to the next
/// boundary. It fills whole pages, so that the kernel never has to read one to write it.
///
/// Numbers are little-endian. The digests tell a record that is whole from one that was being written.
struct JournalRecord {
    static let headBytes = 96
    static let alignment = 4096
    private static let magic: UInt64 = 0x32_4C_4E_52_4A_4D_4C_48  // HLMJRNL2
    /// Of records that begin at multiples of 512.
    private static let olderMagic: UInt64 = 0x31_4C_4E_52_4A_4D_4C_48  // HLMJRNL1

    private let epoch: UInt64
    private let digest: Digest
    private let byteCount: Int
    private let noteByteCount: Int
    private let noteCheck: UInt32
    private let alignment: Int

    /// Bytes that the record of a blob with a note takes.
    static func byteCount(of blob: Blob, note: Data) -> Int { padded(headBytes + note.count + blob.bytes.count) }

    private static func padded(_ count: Int, to alignment: Int = alignment) -> Int {
        (count + alignment - 1) / alignment * alignment
    }

    /// What comes before the note, but for the filling.
    static func head(of blob: Blob, note: Data) throws(StorageError) -> Data {
        var head = Data(count: headBytes)
        let ofNote = UInt64(note.count) | UInt64(try check(of: note)) << 32
        head.withUnsafeMutableBytes { bytes in
            for (index, number) in [(0, magic), (2, UInt64(blob.bytes.count)), (11, ofNote)] {
                bytes.storeBytes(of: number.littleEndian, toByteOffset: index * 8, as: UInt64.self)
            }
            UnsafeMutableRawBufferPointer(rebasing: bytes[24..<88]).copyBytes(from: blob.digest.hexadecimal.utf8)
        }
        return head
    }

    /// Says of a record which filling it belongs to.
    static func stamp(_ epoch: UInt64, on record: UnsafeMutableRawBufferPointer) {
        record.storeBytes(of: epoch.littleEndian, toByteOffset: 8, as: UInt64.self)
    }

    /// The beginning of a note's digest; 0 for none.
    private static func check(of note: Data) throws(StorageError) -> UInt32 {
        note.isEmpty ? 0 : UInt32(try Digest(of: note).hexadecimal.prefix(8), radix: 16) ?? 0
    }

    /// Reads a head; nil where none stands.
    private init?(head: Data) {
        guard head.count == Self.headBytes, [Self.magic, Self.olderMagic].contains(Self.number(head, 0)),
            let digest = Digest(hexadecimal: String(decoding: head.dropFirst(24).prefix(64), as: UTF8.self)),
            let byteCount = Int(exactly: Self.number(head, 2))
        else { return nil }
        alignment = Self.number(head, 0) == Self.magic ? Self.alignment : 512
        let ofNote = Self.number(head, 11)
        (self.epoch, self.digest, self.byteCount) = (Self.number(head, 1), digest, byteCount)
        (noteByteCount, noteCheck) = (Int(UInt32(truncatingIfNeeded: ofNote)), UInt32(ofNote >> 32))
    }

    private static func number(_ head: Data, _ index: Int) -> UInt64 {
        head.dropFirst(index * 8).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Which filling stands in a segment; nil where nothing does.
    static func epoch(of segment: Data) -> UInt64? { JournalRecord(head: segment.prefix(headBytes))?.epoch }

    /// Hands over the blobs of a segment: from its beginning up to what is not whole or was left there by an earlier
    /// use.
    static func forEachBlob(
        in segment: Data, _ body: (JournaledBlob) throws(StorageError) -> Void
    ) throws(StorageError) {
        let epoch = epoch(of: segment)
        var rest = segment
        while let record = JournalRecord(head: rest.prefix(headBytes)), epoch == record.epoch,
            let journaled = record.blob(in: rest.dropFirst(headBytes))
        {
            try body(journaled)
            let count = headBytes + record.noteByteCount + record.byteCount
            rest = rest.dropFirst(padded(count, to: record.alignment))
        }
    }

    /// Reads what follows the head; nil where it is not whole.
    private func blob(in rest: Data) -> JournaledBlob? {
        guard noteByteCount <= rest.count, byteCount <= rest.count - noteByteCount else { return nil }
        let note = Data(rest.prefix(noteByteCount))
        guard (try? Self.check(of: note)) == noteCheck,
            let blob = try? Blob(Data(rest.dropFirst(noteByteCount).prefix(byteCount))), blob.digest == digest
        else { return nil }
        return JournaledBlob(blob: blob, arrival: ArrivalNote(note))
    }
}

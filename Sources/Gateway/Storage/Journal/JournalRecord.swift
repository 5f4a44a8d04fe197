import Foundation

/// A blob as it stands in a journal: a head of fixed length, the bytes, and zeros up to the next boundary.
///
/// Numbers are little-endian. The digest tells a record that is whole from one that was being written.
struct JournalRecord {
    static let headBytes = 96
    static let alignment = 512
    private static let magic: UInt64 = 0x31_4C_4E_52_4A_4D_4C_48  // HLMJRNL1

    let epoch: UInt64
    let digest: Digest
    let byteCount: Int

    /// Bytes that a record of a blob takes.
    static func byteCount(of blob: Blob) -> Int { padded(headBytes + blob.bytes.count) }

    private static func padded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }

    /// The head of a blob's record.
    static func head(of blob: Blob, epoch: UInt64) -> Data {
        var head = Data(count: headBytes)
        head.withUnsafeMutableBytes { bytes in
            for (index, number) in [magic, epoch, UInt64(blob.bytes.count)].enumerated() {
                bytes.storeBytes(of: number.littleEndian, toByteOffset: index * 8, as: UInt64.self)
            }
            UnsafeMutableRawBufferPointer(rebasing: bytes[24...]).copyBytes(from: Array(blob.digest.hexadecimal.utf8))
        }
        return head
    }

    /// Reads a head; nil where none stands.
    private init?(head: Data) {
        guard head.count == Self.headBytes, Self.number(head, 0) == Self.magic,
            let digest = Digest(hexadecimal: String(decoding: head.dropFirst(24).prefix(64), as: UTF8.self)),
            let byteCount = Int(exactly: Self.number(head, 2))
        else { return nil }
        (self.epoch, self.digest, self.byteCount) = (Self.number(head, 1), digest, byteCount)
    }

    private static func number(_ head: Data, _ index: Int) -> UInt64 {
        head.dropFirst(index * 8).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Hands over the blobs of a segment: from its beginning up to what is not whole or was left there by an earlier
    /// use.
    static func forEachBlob(
        in segment: Data, _ body: (Blob) throws(StorageError) -> Void
    ) throws(StorageError) {
        var epoch: UInt64?
        var rest = segment
        while let record = JournalRecord(head: Data(rest.prefix(headBytes))), epoch ?? record.epoch == record.epoch,
            record.byteCount <= rest.count - headBytes
        {
            let bytes = Data(rest.dropFirst(headBytes).prefix(record.byteCount))
            guard let blob = try? Blob(bytes), blob.digest == record.digest else { return }
            try body(blob)
            epoch = record.epoch
            rest = rest.dropFirst(byteCount(of: blob))
        }
    }
}

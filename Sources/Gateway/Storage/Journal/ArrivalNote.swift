import Foundation

/// What the ledger has to know of an instance besides its bytes to enter it again: it stands in the journal with them.
package struct ArrivalNote: Sendable, Hashable {
    package let source: InstanceSource
    /// Instances that its study has in all; 0 means unknown.
    package let expectedCount: Int
    package let receivedAt: Timestamp

    package init(source: InstanceSource, expectedCount: Int, receivedAt: Timestamp) {
        self.source = source
        self.expectedCount = expectedCount
        self.receivedAt = receivedAt
    }

    /// Two numbers of eight bytes, little-endian; the name of the source; a zero; the peer.
    var serialised: Data {
        var bytes = Data(capacity: 128)
        for number in [receivedAt.milliseconds, Int64(expectedCount)] {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: source.name.utf8)
        bytes.append(0)
        bytes.append(contentsOf: source.peer.utf8)
        return bytes
    }

    /// Nil where the bytes are no note.
    init?(_ bytes: Data) {
        let text = bytes.dropFirst(16)
        guard let end = text.firstIndex(of: 0) else { return nil }
        func number(_ index: Int) -> Int64 {
            bytes.dropFirst(index * 8).prefix(8).reversed().reduce(0) { $0 << 8 | Int64($1) }
        }
        self.init(
            source: InstanceSource(
                name: String(decoding: text[..<end], as: UTF8.self),
                peer: String(decoding: text[(end + 1)...], as: UTF8.self)),
            expectedCount: Int(number(1)), receivedAt: Timestamp(milliseconds: number(0)))
    }
}

/// A blob as the journal brings it back.
package struct JournaledBlob: Sendable {
    package let blob: Blob
    /// Nil where no row depends on the journal.
    package let arrival: ArrivalNote?
}

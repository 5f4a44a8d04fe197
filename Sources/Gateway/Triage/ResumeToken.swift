import Foundation

/// A place in the sequence of changes of one ledger; it holds numbers, no identifiers of patients.
package struct ResumeToken: Sendable, Hashable {
    /// Names the ledger.
    package let ledger: String
    /// The last change seen.
    package let change: Int64

    package init(ledger: String, change: Int64) {
        self.ledger = ledger
        self.change = change
    }

    /// Opaque text for the wire.
    package var text: String { Data("1 \(ledger) \(change)".utf8).base64EncodedString() }

    /// Reads a token; nil when it is not one of ours.
    package init?(text: String) {
        guard text.utf8.count <= 200, let bytes = Data(base64Encoded: text) else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard fields.count == 3, fields[0] == "1", let change = Int64(fields[2]), change >= 0 else { return nil }
        self.init(ledger: String(fields[1]), change: change)
    }
}

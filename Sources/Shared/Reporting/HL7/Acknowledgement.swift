package import Foundation

/// What a receiver says to a message (HL7 v2.5.1 §2.9.3, MSA).
package struct Acknowledgement: Equatable, Sendable {
    package enum Code: String, Sendable {
        /// Taken.
        case accept = "AA"
        /// Something in the message is wrong; it will be wrong again.
        case error = "AE"
        /// Not taken for a reason outside the message; to be sent again.
        case reject = "AR"
    }

    package let code: Code
    /// MSA-2: the control id of the message it answers.
    package let controlID: String

    /// Reads an ACK; also the enhanced mode's `CA`, `CE`, `CR`. Nil where it is none.
    package init?(_ message: Data) {
        let text = String(decoding: message, as: UTF8.self)
        let segments = text.split(whereSeparator: { $0 == "\r" || $0 == "\n" || $0 == "\r\n" })
        guard let header = segments.first, header.hasPrefix("MSH"), header.count > 4,
            let separator = header.dropFirst(3).first,
            let answer = segments.first(where: { $0.hasPrefix("MSA\(separator)") })
        else { return nil }
        let fields = answer.split(separator: separator, omittingEmptySubsequences: false)
        guard fields.count > 2, fields[1].count == 2, fields[1].first == "A" || fields[1].first == "C",
            let code = Code(rawValue: "A\(fields[1].suffix(1))")
        else { return nil }
        self.code = code
        controlID = String(fields[2])
    }
}

package import Foundation

/// The kinds of file that we read as an image.
package enum MediaType: String, Sendable, CaseIterable {
    case dicom = "application/dicom"
    case png = "image/png"
    case jpeg = "image/jpeg"

    /// The media type of a header field, parameters ignored; nil for one that we do not read.
    package init?(mime: String) {
        let name = mime.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        switch name {
        case "image/jpg": self = .jpeg
        default: self.init(rawValue: name)
        }
    }

    /// Recognises a file by its first bytes. DICOM without preamble (ACR-NEMA and some archives) is recognised by a
    /// plausible first element.
    package static func sniff(_ bytes: Data) -> MediaType? {
        let head = [UInt8](bytes.prefix(132))
        if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if head.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        let prefix = Array("DICM".utf8)
        if head.count >= 132, head[128..<132].elementsEqual(prefix) { return .dicom }
        if head.starts(with: prefix) { return .dicom }
        return startsWithElement(head) ? .dicom : nil
    }

    /// A data set begins with group 0002, or an even group up to 0028, in little or big endian order, whose length or
    /// value representation makes sense (PS3.5 §7.1).
    private static func startsWithElement(_ head: [UInt8]) -> Bool {
        guard head.count >= 8 else { return false }
        let group = head[0] != 0 ? (head[0], head[1]) : (head[1], head[0])
        guard group.1 == 0, group.0 <= 0x28, group.0 % 2 == 0, group.0 != 0 else { return false }
        let isText = (0x41...0x5A).contains(head[4]) && (0x41...0x5A).contains(head[5])
        let length = (0..<4).reduce(0) { $0 | Int(head[4 + $1]) << (8 * $1) }
        return isText || length < 1 << 16
    }
}

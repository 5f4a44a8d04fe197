import CDCMTKNetwork

/// The head of a Part 10 file: preamble, prefix and file meta information (PS3.10 §7.1), for a data set as received.
///
/// It follows from the instance and its transfer syntax alone and names no sender, so that an instance that comes from
/// two AEs has the same bytes both times; the ledger holds who sent it.
package enum FileMeta {
    private static let preambleBytes = 128

    package static func bytes(sopClassUID: String, sopInstanceUID: String, transferSyntaxUID: String) -> [UInt8] {
        var meta: [UInt8] = []
        append(0x0001, "OB", [0, 1], to: &meta)
        append(0x0002, "UI", uid(sopClassUID), to: &meta)
        append(0x0003, "UI", uid(sopInstanceUID), to: &meta)
        append(0x0010, "UI", uid(transferSyntaxUID), to: &meta)
        append(0x0012, "UI", uid(DUL_IMPLEMENTATION_CLASS_UID), to: &meta)
        append(0x0013, "SH", text(DUL_IMPLEMENTATION_VERSION_NAME), to: &meta)
        var length: [UInt8] = []
        ImplicitElements.append(UInt32(meta.count), to: &length)
        var bytes = [UInt8](repeating: 0, count: preambleBytes) + Array("DICM".utf8)
        append(0x0000, "UL", length, to: &bytes)
        return bytes + meta
    }

    /// One element of group 0002 in Explicit VR Little Endian.
    private static func append(_ element: UInt16, _ vr: String, _ value: [UInt8], to bytes: inout [UInt8]) {
        ImplicitElements.append(UInt16(0x0002), to: &bytes)
        ImplicitElements.append(element, to: &bytes)
        bytes.append(contentsOf: vr.utf8)
        if vr == "OB" {
            ImplicitElements.append(UInt16(0), to: &bytes)
            ImplicitElements.append(UInt32(value.count), to: &bytes)
        } else {
            ImplicitElements.append(UInt16(value.count), to: &bytes)
        }
        bytes.append(contentsOf: value)
    }

    private static func uid(_ text: String) -> [UInt8] { padded(text, with: 0) }
    private static func text(_ text: String) -> [UInt8] { padded(text, with: UInt8(ascii: " ")) }

    private static func padded(_ text: String, with padding: UInt8) -> [UInt8] {
        let bytes = Array(text.utf8)
        return bytes.count % 2 == 0 ? bytes : bytes + [padding]
    }
}

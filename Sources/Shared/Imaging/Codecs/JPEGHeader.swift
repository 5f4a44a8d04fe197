import Foundation

/// What the markers of a JPEG or JPEG-LS codestream say, read before a codec sees it
/// (ISO/IEC 10918-1 §B.2, ISO/IEC 14495-1 §C).
struct JPEGHeader: Equatable {
    enum Process: Equatable { case baseline, extended, progressive, lossless, jpegLS, other }

    var process: Process
    /// Bits of a sample.
    var precision: Int
    var rows: Int
    var columns: Int
    var components: Int

    /// - Returns: nil where no frame header is found.
    init?(_ codestream: Data) {
        let found = codestream.withUnsafeBytes { bytes -> (marker: UInt8, at: Int)? in
            Self.frameHeader(in: bytes)
        }
        guard let found else { return nil }
        let body = [UInt8](codestream.dropFirst(found.at).prefix(6))
        guard body.count == 6 else { return nil }
        precision = Int(body[0])
        rows = Int(body[1]) << 8 | Int(body[2])
        columns = Int(body[3]) << 8 | Int(body[4])
        components = Int(body[5])
        process =
            switch found.marker {
            case 0xC0: .baseline
            case 0xC1: .extended
            case 0xC2: .progressive
            case 0xC3: .lossless
            case 0xF7: .jpegLS
            default: .other
            }
    }

    /// Whether a codestream ends with its end marker; zeros and fill bytes may follow (PS3.5 §A.4).
    static func hasEnd(_ codestream: Data) -> Bool {
        codestream.withUnsafeBytes { bytes in
            var end = bytes.count
            while end >= 2 {
                if bytes[end - 2] == 0xFF, bytes[end - 1] == 0xD9 { return true }
                guard bytes[end - 1] == 0 || bytes[end - 1] == 0xFF else { return false }
                end -= 1
            }
            return false
        }
    }

    /// The marker of the first frame header and the offset behind its length.
    private static func frameHeader(in bytes: UnsafeRawBufferPointer) -> (marker: UInt8, at: Int)? {
        guard bytes.count > 4, bytes[0] == 0xFF, bytes[1] == 0xD8 else { return nil }
        var offset = 2
        while offset + 4 <= bytes.count {
            guard bytes[offset] == 0xFF else { return nil }
            let marker = bytes[offset + 1]
            if marker == 0xFF {  // fill byte
                offset += 1
                continue
            }
            let isFrame = (0xC0...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker) || marker == 0xF7
            if isFrame { return (marker, offset + 4) }
            guard marker != 0xDA, marker != 0xD9 else { return nil }
            offset += 2 + Int(bytes[offset + 2]) << 8 + Int(bytes[offset + 3])
        }
        return nil
    }
}

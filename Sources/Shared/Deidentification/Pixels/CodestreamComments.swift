/// Blanks what is not picture in compressed frames, in place, so that every length and offset stays: comments and
/// application segments of JPEG and JPEG-LS (ITU-T T.81 §B.2.4, T.87 §C.1), comments of JPEG 2000 (T.800 §A.9.2) and the
/// boxes around it.
package struct CodestreamComments {
    package private(set) var bytes: [UInt8]
    private var position = 0

    /// - Parameters:
    ///   - bytes: of one frame.
    ///   - frame: its number, for errors.
    /// - Throws: `DeidentificationError.unreadableCodestream`.
    package init(blanking bytes: [UInt8], frame: Int) throws(DeidentificationError) {
        self.bytes = bytes
        if startsWith(Self.starts[0]) {
            try readJPEG(frame)
        } else if startsWith(Self.starts[1]) {
            try readJPEG2000(frame)
        } else if startsWith(Self.starts[2]) {
            try readBoxes(frame)
        } else {
            throw .unreadableCodestream(frame: frame)
        }
        // After the end nothing can be seen: what is there is padding, or hidden.
        if position < bytes.count { blank(position..<bytes.count) }
    }

    /// How a frame begins: JPEG and JPEG-LS, JPEG 2000, JP2.
    package static let starts: [[UInt8]] = [
        [0xFF, 0xD8], [0xFF, 0x4F, 0xFF, 0x51], [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20],
    ]

    private func startsWith(_ prefix: [UInt8]) -> Bool {
        position + prefix.count <= bytes.count && bytes[position..<(position + prefix.count)].elementsEqual(prefix)
    }

    private func number(at offset: Int, bytes count: Int, _ frame: Int) throws(DeidentificationError) -> Int {
        guard offset >= 0, offset + count <= bytes.count else { throw .unreadableCodestream(frame: frame) }
        return bytes[offset..<(offset + count)].reduce(0) { $0 << 8 | Int($1) }
    }

    private mutating func blank(_ range: Range<Int>) {
        for index in range.clamped(to: 0..<bytes.count) { bytes[index] = 0 }
    }
}

// MARK: JPEG and JPEG-LS
extension CodestreamComments {
    private mutating func readJPEG(_ frame: Int) throws(DeidentificationError) {
        position += 2
        while position < bytes.count {
            guard bytes[position] == 0xFF else { throw .unreadableCodestream(frame: frame) }
            while position < bytes.count, bytes[position] == 0xFF { position += 1 }
            guard position < bytes.count else { return }
            let marker = bytes[position]
            position += 1
            switch marker {
            case 0xD9: return
            case 0x01, 0xD0...0xD8: continue
            default: try readSegment(marker, frame)
            }
        }
    }

    /// - Parameter marker: before `position`.
    private mutating func readSegment(_ marker: UInt8, _ frame: Int) throws(DeidentificationError) {
        let length = try number(at: position, bytes: 2, frame)
        let end = position + length
        guard length >= 2, end <= bytes.count else { throw .unreadableCodestream(frame: frame) }
        switch marker {
        case 0xFE: blank((position + 2)..<end)
        case 0xE0...0xEF: blank((position + 2 + keptBytes(ofApplication: marker, end))..<end)
        default: break
        }
        position = end
        if marker == 0xDA { skipEntropyCodedData() }
    }

    /// How much of an application segment says how to read the picture: JFIF's header without its thumbnail, Adobe's
    /// colours, the colour transformation of JPEG-LS, SPIFF's header.
    private func keptBytes(ofApplication marker: UInt8, _ end: Int) -> Int {
        let known: [(UInt8, String, Int)] = [
            (0xE0, "JFIF\u{0}", 14), (0xEE, "Adobe", 12), (0xE8, "mrfx", 5), (0xE8, "SPIFF\u{0}", 30),
        ]
        let content = bytes[(position + 2)..<end]
        for (number, name, count) in known where number == marker && content.starts(with: name.utf8) {
            return min(count, content.count)
        }
        return 0
    }

    /// Markers after data are those whose second byte has its highest bit set; restarts belong to the data.
    private mutating func skipEntropyCodedData() {
        while position + 1 < bytes.count {
            let next = bytes[position + 1]
            if bytes[position] == 0xFF, next >= 0x80, next != 0xFF, !(0xD0...0xD7).contains(next) { return }
            position += 1
        }
        position = bytes.count
    }
}

// MARK: JPEG 2000
extension CodestreamComments {
    private mutating func readJPEG2000(_ frame: Int) throws(DeidentificationError) {
        position += 2
        var partEnd: Int?
        while position + 2 <= bytes.count {
            let marker = try number(at: position, bytes: 2, frame)
            switch marker {
            case 0xFFD9:
                position += 2
                return
            case 0xFF93:  // data of the tile-part
                position = partEnd ?? endOfCodestream
                partEnd = nil
                continue
            case 0xFF90:
                let length = try number(at: position + 6, bytes: 4, frame)
                guard length == 0 || position + length <= bytes.count, length == 0 || length >= 14 else {
                    // A frame that breaks off has no more headers behind.
                    position = bytes.count
                    return
                }
                partEnd = length == 0 ? nil : position + length
            case 0xFF01...0xFFFE: break
            default: throw .unreadableCodestream(frame: frame)
            }
            let length = try number(at: position + 2, bytes: 2, frame)
            let end = position + 2 + length
            guard length >= 2, end <= bytes.count else { throw .unreadableCodestream(frame: frame) }
            if marker == 0xFF64 { blank((position + 6)..<max(position + 6, end)) }
            position = end
        }
        position = bytes.count
    }

    /// The end marker cannot occur inside the data (T.800 §B.10.1).
    private var endOfCodestream: Int {
        var index = position
        while index + 1 < bytes.count {
            if bytes[index] == 0xFF, bytes[index + 1] == 0xD9 { return index }
            index += 1
        }
        return bytes.count
    }

    /// Boxes of JP2 (T.800 §I): the codestream is read, what describes it stays, all else is blanked.
    private mutating func readBoxes(_ frame: Int) throws(DeidentificationError) {
        let describing: Set<String> = ["jP  ", "ftyp", "jp2h"]
        while position + 8 <= bytes.count {
            let start = position
            var length = try number(at: start, bytes: 4, frame)
            let kind = String(decoding: bytes[(start + 4)..<(start + 8)], as: UTF8.self)
            var header = 8
            if length == 1 {
                length = try number(at: start + 8, bytes: 8, frame)
                header = 16
            } else if length == 0 {
                length = bytes.count - start
            }
            guard length >= header, start + length <= bytes.count else { throw .unreadableCodestream(frame: frame) }
            position = start + header
            if kind == "jp2c" {
                guard startsWith([0xFF, 0x4F]) else { throw .unreadableCodestream(frame: frame) }
                try readJPEG2000(frame)
                position = max(position, min(start + length, bytes.count))
                return
            }
            if !describing.contains(kind) { blank(position..<(start + length)) }
            position = start + length
        }
    }
}

/// Looks at a request before http-parser does, and refuses what lets two parsers disagree on where it ends.
///
/// Debian builds http-parser in its lenient mode: it takes a bare LF for a line end, folded fields, any two bytes for
/// the line end of a chunk. This guard demands the grammar of RFC 9112 (§2.2, §5.1, §5.2, §7.1) for all of these and
/// finds the ends of head and body on the way, so it also bounds them. It can go when a strict llhttp is at hand.
package struct HTTP1Guard {
    /// How long the body is, as the parser read it from the head.
    package enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
    }

    private enum Part: Equatable {
        case head
        case data(Int)
        case chunkSize
        case chunkData(Int)
        case chunkEnd
        case trailers
        case ended
    }

    private static let cr: UInt8 = 0x0D
    private static let lf: UInt8 = 0x0A
    private static let maxChunkLineCount = 256

    private let limits: HTTPLimits
    private var part = Part.head
    private var previous: UInt8 = 0
    /// Bytes of the current line so far, without its end.
    private var lineCount = 0
    private var lines = 0
    private var fieldBytes = 0
    private var spaces = 0
    private var chunkCount = 0
    private var chunkDigits = 0
    private var isInExtension = false

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Whether the head has ended and the body's framing has to be told.
    private(set) var isAtEndOfHead = false
    var isAtEnd: Bool { part == .ended }
    /// Whether any byte of a request was seen.
    var hasBegun: Bool { lines > 0 || lineCount > 0 || part != .head }

    /// Bytes that a body of announced length still has.
    var restOfData: Int { if case .data(let rest) = part { rest } else { 0 } }

    /// So many of these bytes came, of which nothing has to be looked at.
    mutating func tookData(_ count: Int) {
        let rest = restOfData - count
        part = rest > 0 ? .data(rest) : .ended
    }

    /// Goes on with the body.
    mutating func beginBody(_ framing: Framing) {
        isAtEndOfHead = false
        switch framing {
        case .none, .length(0): part = .ended
        case .length(let count): part = .data(count)
        case .chunked: beginChunkSize()
        }
    }

    /// How many of the first bytes belong to the part that is being read and are well formed.
    /// Stops behind the end of the head and behind the end of the request.
    mutating func admit(_ bytes: UnsafeRawBufferPointer) throws(HTTP1Violation) -> Int {
        var index = 0
        while index < bytes.count, part != .ended, !isAtEndOfHead {
            switch part {
            case .data(let rest):
                let taken = min(rest, bytes.count - index)
                index += taken
                tookData(taken)
            case .chunkData(let rest):
                let taken = min(rest, bytes.count - index)
                index += taken
                part = taken == rest ? .chunkEnd : .chunkData(rest - taken)
            case .head, .trailers:
                try admitLineByte(bytes[index])
                index += 1
            case .chunkSize:
                try admitChunkSizeByte(bytes[index])
                index += 1
            case .chunkEnd:
                try admitChunkEndByte(bytes[index])
                index += 1
            case .ended: break
            }
        }
        return index
    }
}

// MARK: Lines of heads and trailers
extension HTTP1Guard {
    private mutating func admitLineByte(_ byte: UInt8) throws(HTTP1Violation) {
        defer { previous = byte }
        if byte == Self.lf {
            guard previous == Self.cr else { throw .malformed("a line ends in LF alone") }
            return try endLine()
        }
        guard previous != Self.cr else { throw .malformed("CR without LF") }
        if byte == Self.cr { return }
        guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else { throw .malformed("a control character") }
        if lineCount == 0, byte == 0x20 || byte == 0x09 { throw .malformed("a folded line") }
        lineCount += 1
        if part == .head, lines == 0 {
            try admitRequestLineByte(byte)
        } else {
            fieldBytes += 1
            guard fieldBytes <= limits.maxHeaderBytes else { throw .fieldsTooLarge }
        }
    }

    private mutating func admitRequestLineByte(_ byte: UInt8) throws(HTTP1Violation) {
        guard byte > 0x1F, byte < 0x7F else { throw .malformed("a request line that is not ASCII") }
        if byte == 0x20 {
            spaces += 1
            guard spaces <= 2 else { throw .malformed("more than two spaces in the request line") }
        }
        guard lineCount <= limits.maxTargetBytes else { throw .targetTooLong(limit: limits.maxTargetBytes) }
    }

    private mutating func endLine() throws(HTTP1Violation) {
        defer { lineCount = 0 }
        guard lineCount == 0 else {
            lines += 1
            guard lines <= limits.maxHeaderCount + 1 else { throw .fieldsTooLarge }
            return
        }
        if part == .trailers {
            part = .ended
        } else if lines > 0 {
            isAtEndOfHead = true
        }
        // Otherwise an empty line before the request, which RFC 9112 §2.2 asks to skip.
    }
}

// MARK: Chunks
extension HTTP1Guard {
    private mutating func beginChunkSize() {
        part = .chunkSize
        chunkCount = 0
        chunkDigits = 0
        lineCount = 0
        previous = 0
        isInExtension = false
    }

    private mutating func admitChunkSizeByte(_ byte: UInt8) throws(HTTP1Violation) {
        defer { previous = byte }
        if previous == Self.cr {
            guard byte == Self.lf else { throw .malformed("CR without LF in a chunk size") }
            return endChunkSize()
        }
        lineCount += 1
        guard lineCount <= Self.maxChunkLineCount else { throw .malformed("a chunk size line too long") }
        if byte == Self.cr {
            guard chunkDigits > 0 else { throw .malformed("a chunk without size") }
        } else if isInExtension {
            guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else { throw .malformed("a control character") }
        } else if byte == UInt8(ascii: ";"), chunkDigits > 0 {
            isInExtension = true
        } else {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x7F, chunkDigits < 15 else {
                throw .malformed("a chunk size that is no number")
            }
            chunkCount = chunkCount << 4 | digit
            chunkDigits += 1
        }
    }

    private mutating func endChunkSize() {
        if chunkCount > 0 {
            part = .chunkData(chunkCount)
        } else {
            part = .trailers
            lineCount = 0
            lines = 0
            fieldBytes = 0
        }
    }

    private mutating func admitChunkEndByte(_ byte: UInt8) throws(HTTP1Violation) {
        defer { previous = byte }
        if previous == Self.cr, byte == Self.lf { return beginChunkSize() }
        guard byte == Self.cr, previous != Self.cr else { throw .malformed("a chunk longer than its size") }
    }
}

import CLinux
package import Foundation
package import HTTP

/// A multipart message (RFC 2046 §5.1) taken apart while it comes in: bytes in, events out, no I/O.
///
/// What it holds back is never more than a part's fields or a boundary, however the bytes are cut. What stands before
/// the first boundary and after the last is dropped.
package struct MultipartParser: Sendable {
    package enum Event: Equatable, Sendable {
        case partBegan(HTTPFields)
        /// Some bytes of the part that began last.
        case bytes(Data)
        case partEnded
    }

    package struct Limits: Sendable, Equatable {
        /// Bytes before the first boundary.
        package var preambleBytes = 4 << 10
        /// Bytes of one part's fields.
        package var fieldBytes = 8 << 10
        package var fieldCount = 32
        package var partBytes = 256 << 20
        package var partCount = 100_000

        package init() {}
    }

    private enum State {
        case preamble
        /// Behind a boundary: its line has to end, or the message with `--`.
        case boundaryLine
        case fields
        case content
        case epilogue
    }

    private let limits: Limits
    /// CRLF, two hyphens and the boundary.
    private let delimiter: [UInt8]
    private var state = State.preamble
    /// What cannot be told yet.
    private var held = Data()
    /// The very first boundary does without the CRLF.
    private var isAtStart = true
    private var preambleBytes = 0
    private var partBytes = 0
    private var partCount = 0

    /// - Parameter boundary: as the message's content type names it.
    package init(boundary: String, limits: Limits = Limits()) throws(MultipartError) {
        guard (1...70).contains(boundary.utf8.count), boundary.last != " ",
            boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw .boundary }
        self.limits = limits
        delimiter = [0x0D, 0x0A, 0x2D, 0x2D] + boundary.utf8
    }

    /// Whether the closing boundary has come.
    package var isComplete: Bool { state == .epilogue }

    /// Takes the next bytes; what they tell is added to `events`, also what came before an error.
    package mutating func push(_ bytes: Data, into events: inout [Event]) throws(MultipartError) {
        guard state != .epilogue else { return }
        if held.isEmpty { held = bytes } else { held.append(bytes) }
        while try step(&events) {}
        // Slices keep what was in front of them alive.
        held = held.isEmpty ? Data() : Data(held)
    }

    /// To be called when no more bytes come.
    package func finish() throws(MultipartError) {
        guard isComplete else { throw .truncated }
    }

    /// Goes on as far as one state leads; false where it needs more bytes.
    private mutating func step(_ events: inout [Event]) throws(MultipartError) -> Bool {
        switch state {
        case .preamble: try skipPreamble()
        case .boundaryLine: try endBoundaryLine()
        case .fields: try readFields(&events)
        case .content: try readContent(&events)
        case .epilogue: dropEpilogue()
        }
    }

    private mutating func dropEpilogue() -> Bool {
        held = Data()
        return false
    }

    private mutating func skipPreamble() throws(MultipartError) -> Bool {
        if isAtStart {
            let first = delimiter.dropFirst(2)
            if held.count < first.count, first.starts(with: held) { return false }
            isAtStart = false
            if held.starts(with: first) {
                held = held.dropFirst(first.count)
                state = .boundaryLine
                return true
            }
        }
        let found = held.position(of: delimiter)
        let dropped = found ?? max(0, held.count - (delimiter.count - 1))
        preambleBytes += dropped
        guard preambleBytes <= limits.preambleBytes else { throw .noPart(limit: limits.preambleBytes) }
        held = held.dropFirst(dropped + (found == nil ? 0 : delimiter.count))
        guard found != nil else { return false }
        state = .boundaryLine
        return true
    }

    private mutating func endBoundaryLine() throws(MultipartError) -> Bool {
        if held.starts(with: [0x2D, 0x2D]) {
            state = .epilogue
            return true
        }
        guard let end = held.position(of: [0x0D, 0x0A]), end <= limits.fieldBytes else {
            guard held.count <= limits.fieldBytes + 1 else { throw .fieldsTooLong(limit: limits.fieldBytes) }
            return false
        }
        guard held.prefix(end).allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { throw .malformedField }
        partCount += 1
        guard partCount <= limits.partCount else { throw .tooManyParts(limit: limits.partCount) }
        // The line's own CRLF is kept: a part without fields has nothing but the empty line.
        held = held.dropFirst(end)
        state = .fields
        return true
    }

    private mutating func readFields(_ events: inout [Event]) throws(MultipartError) -> Bool {
        guard let end = held.position(of: [0x0D, 0x0A, 0x0D, 0x0A]), end <= limits.fieldBytes else {
            guard held.count <= limits.fieldBytes + 4 else { throw .fieldsTooLong(limit: limits.fieldBytes) }
            return false
        }
        events.append(.partBegan(try fields(in: held.dropFirst(2).prefix(max(0, end - 2)))))
        held = held.dropFirst(end + 4)
        partBytes = 0
        state = .content
        return true
    }

    private func fields(in block: Data) throws(MultipartError) -> HTTPFields {
        var fields = HTTPFields()
        let text = String(decoding: block, as: UTF8.self)
        for line in text.split(separator: "\r\n" as Character) {
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")), colon != line.startIndex,
                line[..<colon].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), fields.count < limits.fieldCount
            else { throw .malformedField }
            fields.append(String(line[..<colon]), line[line.utf8.index(after: colon)...].trimmingHTTPWhitespace)
        }
        return fields
    }

    private mutating func readContent(_ events: inout [Event]) throws(MultipartError) -> Bool {
        var searched = 0
        while let found = held.dropFirst(searched).position(of: delimiter) {
            let start = searched + found
            let behind = held.dropFirst(start + delimiter.count).prefix(2)
            // The boundary may be the beginning of a longer word in the part.
            guard behind.count == 2 || Self.mayFollowBoundary(behind) else { break }
            if Self.mayFollowBoundary(behind) {
                guard behind.count == 2 else {
                    try emit(start, &events)
                    return false
                }
                try emit(start, &events)
                events.append(.partEnded)
                held = held.dropFirst(delimiter.count)
                state = .boundaryLine
                return true
            }
            searched = start + 1
        }
        try emit(max(0, held.count - (delimiter.count + 1)), &events)
        return false
    }

    private mutating func emit(_ count: Int, _ events: inout [Event]) throws(MultipartError) {
        guard count > 0 else { return }
        partBytes += count
        guard partBytes <= limits.partBytes else { throw .partTooLong(limit: limits.partBytes) }
        events.append(.bytes(held.prefix(count)))
        held = held.dropFirst(count)
    }

    /// Whether these one or two bytes end a boundary: white space, a line's end, or the two hyphens of the last.
    private static func mayFollowBoundary(_ bytes: Data) -> Bool {
        switch bytes.first {
        case 0x20, 0x09, 0x0D: true
        case 0x2D: bytes.count < 2 || bytes.last == 0x2D
        default: false
        }
    }
}

extension Data {
    /// Where `pattern` first begins, counted from the first byte.
    fileprivate func position(of pattern: [UInt8]) -> Int? {
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            return linux_find(base, bytes.count, pattern, pattern.count).map { $0 - base }
        }
    }
}

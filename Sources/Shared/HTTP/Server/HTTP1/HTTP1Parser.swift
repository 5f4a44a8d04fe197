import CHTTPParser
import Foundation

/// What a parser finds, in the order of the wire.
package protocol HTTP1ParserDelegate: AnyObject {
    func parsed(head: HTTP1RequestHead)
    /// Valid during the call.
    func parsed(body: UnsafeRawBufferPointer)
    func parsedEnd()
}

/// Requests of one connection, one after the other: http-parser behind a guard that is strict where it is not.
package final class HTTP1Parser {
    /// Owns the parser. (A weak reference would make every retain of the delegate slow.)
    package unowned var delegate: (any HTTP1ParserDelegate)?
    private let limits: HTTPLimits
    private var strictness: HTTP1Guard
    private let parser: UnsafeMutablePointer<http_parser>
    private var settings = HTTP1Parser.makeSettings()
    private var target: [UInt8] = []
    private var name: [UInt8] = []
    private var value: [UInt8] = []
    private var fields = HTTPFields()
    private var isInHead = true
    /// Whether the bytes of a name may go on; false once its value has begun.
    private var isNameOpen = true
    private var violation: HTTP1Violation?

    package init(limits: HTTPLimits) {
        self.limits = limits
        strictness = HTTP1Guard(limits: limits)
        parser = .allocate(capacity: 1)
        _ = Self.headsAreBoundedByTheGuard
        begin()
    }

    deinit { parser.deallocate() }

    /// Whether a request has begun and not ended.
    package var isWithinRequest: Bool { strictness.hasBegun }

    /// Reads one request, or a part of it.
    ///
    /// - Returns: how many bytes were read; fewer than given only where a request ended, so that its answer can come
    ///   before the next one is looked at.
    package func parse(_ bytes: UnsafeRawBufferPointer) throws(HTTP1Violation) -> Int {
        var position = 0
        while position < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            let count = try strictness.admit(rest)
            try execute(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            position += count
            if strictness.isAtEndOfHead { try endHead() }
            if endIfComplete() { return position }
        }
        return position
    }

    /// Bytes that the body of the current request still has, where its length was announced.
    package var restOfBody: Int { strictness.restOfData }

    /// So many of these bytes came, and reached their reader another way.
    package func tookBody(_ count: Int) {
        strictness.tookData(count)
        _ = endIfComplete()
    }

    private func endIfComplete() -> Bool {
        guard strictness.isAtEnd else { return false }
        begin()
        delegate?.parsedEnd()
        return true
    }

    private func begin() {
        http_parser_init(parser, HTTP_REQUEST)
        parser.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        strictness = HTTP1Guard(limits: limits)
        target.removeAll(keepingCapacity: true)
        name.removeAll(keepingCapacity: true)
        value.removeAll(keepingCapacity: true)
        fields = HTTPFields(capacity: 8)
        isInHead = true
        isNameOpen = true
    }

    private func execute(_ bytes: UnsafeRawBufferPointer) throws(HTTP1Violation) {
        let count = http_parser_execute(
            parser, &settings, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
        if let violation { throw violation }
        let code = hilum_http_errno(parser)
        guard code == 0, count == bytes.count else {
            throw code == HPE_INVALID_VERSION.rawValue ? .unsupportedVersion : .malformed(Self.reason(code))
        }
    }

    /// The parser's own constant words for what it found.
    private static func reason(_ code: Int32) -> String {
        String(cString: http_errno_description(http_errno(rawValue: UInt32(code))))
    }

    private func endHead() throws(HTTP1Violation) {
        try endField()
        isInHead = false
        let framing = try framing()
        let head = try HTTP1RequestHead(
            method: String(cString: hilum_http_method(parser)), target: String(decoding: target, as: UTF8.self),
            version: Int(hilum_http_version(parser)), fields: fields, framing: framing)
        strictness.beginBody(framing)
        delegate?.parsed(head: head)
    }

    private func framing() throws(HTTP1Violation) -> HTTP1Guard.Framing {
        if hilum_http_is_chunked(parser) { return .chunked }
        guard hilum_http_has_length(parser) else { return .none }
        guard let text = fields["content-length"], let length = Int(text), length >= 0 else {
            throw .malformed("a Content-Length that is no number")
        }
        return .length(length)
    }

    private func endField() throws(HTTP1Violation) {
        guard !name.isEmpty else { return }
        guard name.allSatisfy(\.isTokenCharacter) else { throw .malformed("a field name that is no token") }
        // http-parser drops the whitespace before a value, not always the one behind it.
        while let last = value.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { value.removeLast() }
        fields.append(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        name.removeAll(keepingCapacity: true)
        value.removeAll(keepingCapacity: true)
    }
}

// MARK: What http-parser calls
extension HTTP1Parser {
    /// The parser's own bound on heads is one for the whole process; the guard has one for each server.
    private static let headsAreBoundedByTheGuard: Void = http_parser_set_max_header_size(UInt32.max / 2)

    private static func makeSettings() -> http_parser_settings {
        var settings = http_parser_settings()
        http_parser_settings_init(&settings)
        settings.on_url = { parser, bytes, count in
            HTTP1Parser.owner(of: parser) {
                $0.target.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
            }
        }
        settings.on_header_field = { parser, bytes, count in
            HTTP1Parser.owner(of: parser) { $0.take(name: UnsafeRawBufferPointer(start: bytes, count: count)) }
        }
        settings.on_header_value = { parser, bytes, count in
            HTTP1Parser.owner(of: parser) { $0.take(value: UnsafeRawBufferPointer(start: bytes, count: count)) }
        }
        settings.on_body = { parser, bytes, count in
            HTTP1Parser.owner(of: parser) {
                $0.delegate?.parsed(body: UnsafeRawBufferPointer(start: bytes, count: count))
            }
        }
        return settings
    }

    private static func owner(of parser: UnsafeMutablePointer<http_parser>?, _ body: (HTTP1Parser) -> Void) -> Int32 {
        guard let data = parser?.pointee.data else { return 1 }
        let owner = Unmanaged<HTTP1Parser>.fromOpaque(data).takeUnretainedValue()
        body(owner)
        return owner.violation == nil ? 0 : 1
    }

    private func take(name bytes: UnsafeRawBufferPointer) {
        guard isInHead else { return }  // trailers of a request are not looked at
        if !isNameOpen { endFieldInCallback() }
        isNameOpen = true
        name.append(contentsOf: bytes)
    }

    private func take(value bytes: UnsafeRawBufferPointer) {
        guard isInHead else { return }
        isNameOpen = false
        value.append(contentsOf: bytes)
    }

    private func endFieldInCallback() {
        do { try endField() } catch { violation = error }
    }
}

extension UInt8 {
    /// A character of a token (RFC 9110 §5.6.2).
    var isTokenCharacter: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        // ! # $ % & ' * + - . ^ _ ` | ~
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}

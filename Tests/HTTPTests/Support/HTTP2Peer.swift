import Foundation
import Testing

/// A client of HTTP/2 that says what no honest one would: frames made by hand (RFC 9113 §4). Blocks, as `RawConnection`.
final class HTTP2Peer {
    enum Kind: UInt8 {
        case data = 0
        case headers = 1
        case priority = 2
        case reset = 3
        case settings = 4
        case ping = 6
        case goAway = 7
        case windowUpdate = 8
        case continuation = 9
    }

    struct Frame {
        let kind: UInt8
        let flags: UInt8
        let stream: UInt32
        let payload: [UInt8]

        /// The error code of RST_STREAM or GOAWAY.
        var code: UInt32? {
            switch kind {
            case Kind.reset.rawValue: Frame.number(payload.prefix(4))
            case Kind.goAway.rawValue: Frame.number(payload.dropFirst(4).prefix(4))
            default: nil
            }
        }

        /// What a GOAWAY says in words.
        var text: String { String(decoding: payload.dropFirst(8), as: UTF8.self) }

        private static func number(_ bytes: some Sequence<UInt8>) -> UInt32 {
            bytes.reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    static let endStream: UInt8 = 1
    static let endHeaders: UInt8 = 4
    static let noError: UInt32 = 0
    static let protocolError: UInt32 = 1
    static let internalError: UInt32 = 2
    static let refusedStream: UInt32 = 7
    static let enhanceYourCalm: UInt32 = 11

    private let connection: RawConnection

    /// Connects and sends the preface with empty settings.
    init(port: Int) throws {
        connection = try RawConnection(port: port)
        connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        send(.settings)
    }

    static func bytes(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let count = UInt32(payload.count)
        return [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), kind.rawValue, flags]
            + big(stream) + payload
    }

    /// Four bytes, the highest first.
    static func big(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(number >> (24 - 8 * UInt32($0)) & 255) }
    }

    func send(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
        connection.send(Self.bytes(kind, flags: flags, stream: stream, payload))
    }

    func send(_ bytes: [UInt8]) {
        connection.send(bytes)
    }

    /// A request's head; without `ends` a body follows.
    static func request(_ path: String, stream: UInt32, method: String = "GET", ends: Bool = true) -> [UInt8] {
        bytes(.headers, flags: endHeaders | (ends ? endStream : 0), stream: stream, head(path, method: method))
    }

    static func head(_ path: String, method: String = "GET") -> [UInt8] {
        [(":method", method), (":scheme", "http"), (":path", path), (":authority", "a")].flatMap { field($0, $1) }
    }

    /// A literal field that no table keeps (RFC 7541 §6.2.2), or with `indexed` one that the dynamic table keeps (§6.2.1).
    static func field(_ name: String, _ value: String, indexed: Bool = false) -> [UInt8] {
        [indexed ? 0x40 : 0x00] + string(name) + string(value)
    }

    private static func string(_ text: String) -> [UInt8] {
        var count = text.utf8.count
        var bytes: [UInt8] = []
        if count < 127 {
            bytes.append(UInt8(count))
        } else {
            bytes.append(127)
            count -= 127
            while count >= 128 {
                bytes.append(UInt8(count & 127) | 128)
                count >>= 7
            }
            bytes.append(UInt8(count))
        }
        return bytes + Array(text.utf8)
    }

    /// The next frame, nil at the end.
    func readFrame() throws -> Frame? {
        guard let head = try connection.read(count: 9) else { return nil }
        let count = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        guard let payload = try connection.read(count: count) else { return nil }
        let stream = head[5...].reduce(0) { $0 << 8 | UInt32($1) }
        return Frame(kind: head[3], flags: head[4], stream: stream, payload: payload)
    }

    /// Reads on to the first frame of this kind; nil where the connection ends before.
    func read(_ kind: Kind) throws -> Frame? {
        while let frame = try readFrame() {
            if frame.kind == kind.rawValue { return frame }
        }
        return nil
    }

    /// The status of the next answer, where it stands in HPACK's static table or is sent as a literal.
    func readStatus() throws -> Int? {
        guard let head = try read(.headers)?.payload, let first = head.first else { return nil }
        let known: [UInt8: Int] = [0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500]
        if let status = known[first] { return status }
        // A literal with the name :status (index 8); its value is three digits, in Huffman's code or plain.
        guard head.count > 2 else { return nil }
        let value = head[2...].prefix(Int(head[1] & 127))
        return head[1] & 128 == 0 ? Int(String(decoding: value, as: UTF8.self)) : Self.digits(value)
    }

    /// Digits in HPACK's Huffman code (RFC 7541 appendix B): 0…2 have five bits, 3…9 six.
    private static func digits(_ bytes: some Sequence<UInt8>) -> Int? {
        let bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - UInt8($0)) & 1 } }
        var number = 0
        var rest = bits[...]
        for _ in 0..<3 {
            let five = rest.prefix(5).reduce(0) { $0 << 1 | Int($1) }
            let six = rest.prefix(6).reduce(0) { $0 << 1 | Int($1) }
            if five < 3 {
                number = number * 10 + five
                rest = rest.dropFirst(5)
            } else if (0x19...0x1F).contains(six) {
                number = number * 10 + six - 0x19 + 3
                rest = rest.dropFirst(6)
            } else {
                return nil
            }
        }
        return number
    }
}

import Cryptography
import Foundation

/// What the connections of one loop share; lives on the loop's thread.
final class ServerState {
    let limits: HTTPLimits
    let handler: HTTPHandler
    var connections: [ObjectIdentifier: Connection] = [:]
    private(set) var isDraining = false
    private var whenEmpty: (@Sendable () -> Void)?
    /// Where every connection of the loop reads into: its bytes are worked off before the next read.
    let readBuffer: UnsafeMutableRawBufferPointer
    /// Where TLS gathers what leaves in one record.
    let recordBuffer: UnsafeMutableRawBufferPointer
    /// What connections are accepted with from now on; nil: in clear text.
    var tls: TLSContext?
    let date = DateField()

    init(limits: HTTPLimits, tls: TLSContext?, handler: @escaping HTTPHandler) {
        self.limits = limits
        self.handler = handler
        self.tls = tls
        readBuffer = .allocate(byteCount: 256 << 10, alignment: 16)
        recordBuffer = .allocate(byteCount: TLSTransport.recordCount, alignment: 16)
    }

    deinit {
        readBuffer.deallocate()
        recordBuffer.deallocate()
    }

    var isFull: Bool { connections.count >= limits.maxConnections }

    func connectionClosed(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = nil
        reportIfEmpty()
    }

    /// Tells every connection to end, and calls `whenEmpty` once the last one has.
    func drain(whenEmpty: @escaping @Sendable () -> Void) {
        isDraining = true
        self.whenEmpty = whenEmpty
        for connection in Array(connections.values) { connection.drain() }
        reportIfEmpty()
    }

    func closeAll() {
        for connection in Array(connections.values) { connection.close() }
    }

    private func reportIfEmpty() {
        guard connections.isEmpty, let report = whenEmpty else { return }
        whenEmpty = nil
        report()
    }
}

/// The `date` field (RFC 9110 §6.6.1), made once a second.
final class DateField {
    private var second: time_t = 0
    private var text = ""

    var value: String {
        let now = time(nil)
        if now != second {
            second = now
            text = Self.format(now)
        }
        return text
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, whatever the locale.
    static func format(_ seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let two = { (number: Int32) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
            + "\(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}

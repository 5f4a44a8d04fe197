package import Foundation
import RPC
import Synchronization

/// Writes structured lines: one JSON object each, a constant message plus metadata keys, so that they can be searched.
///
/// The message is a `StaticString`, which keeps values out of it. No patient data at any level: identifying values
/// travel as `PHI` and are logged as `.phi(…)`.
package struct Logger: Sendable {
    /// Takes one line without its newline.
    package typealias Sink = @Sendable (String) -> Void

    /// Least severe level that is written.
    package let level: LogLevel
    /// Name of the program.
    package let service: String
    private let metadata: [String: LogValue]
    private let now: @Sendable () -> Date
    private let sink: Sink

    /// - Parameters:
    ///   - service: name of the program, written as `service`.
    ///   - now: the clock of the time stamps.
    ///   - sink: where lines go.
    package init(
        service: String, level: LogLevel = .info, now: @escaping @Sendable () -> Date = { Date() },
        sink: @escaping Sink = Logger.standardError
    ) {
        self.init(service: service, level: level, metadata: [:], now: now, sink: sink)
    }

    private init(
        service: String, level: LogLevel, metadata: [String: LogValue], now: @escaping @Sendable () -> Date,
        sink: @escaping Sink
    ) {
        self.service = service
        self.level = level
        self.metadata = metadata
        self.now = now
        self.sink = sink
    }

    /// A logger that adds `metadata` to each of its lines.
    package func with(_ metadata: [String: LogValue]) -> Logger {
        let merged = self.metadata.merging(metadata) { $1 }
        return Logger(service: service, level: level, metadata: merged, now: now, sink: sink)
    }

    /// Writes one line if `level` is severe enough.
    package func log(_ level: LogLevel, _ message: StaticString, _ metadata: [String: LogValue] = [:]) {
        guard level >= self.level else { return }
        var line = "{\"time\":\(LogValue.quoted(Self.timestamp(now()))),\"level\":\"\(level.rawValue)\""
        line += ",\"service\":\(LogValue.quoted(service)),\"message\":\(LogValue.quoted("\(message)"))"
        let all = Self.traceMetadata(Trace.current?.context)
            .merging(self.metadata) { $1 }.merging(metadata) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += ",\(LogValue.quoted(key)):\(value.json)"
        }
        sink(line + "}")
    }

    /// The keys by which lines of one trace are found, in every program.
    static func traceMetadata(_ context: TraceContext?) -> [String: LogValue] {
        guard let context else { return [:] }
        return ["trace_id": .string(context.traceID.hexadecimal), "span_id": .string(context.spanID.hexadecimal)]
    }

    /// Logs at `trace`.
    package func trace(_ message: StaticString, _ metadata: [String: LogValue] = [:]) { log(.trace, message, metadata) }
    /// Logs at `debug`.
    package func debug(_ message: StaticString, _ metadata: [String: LogValue] = [:]) { log(.debug, message, metadata) }
    /// Logs at `info`.
    package func info(_ message: StaticString, _ metadata: [String: LogValue] = [:]) { log(.info, message, metadata) }
    /// Logs at `warning`.
    package func warning(_ message: StaticString, _ metadata: [String: LogValue] = [:]) {
        log(.warning, message, metadata)
    }
    /// Logs at `error`.
    package func error(_ message: StaticString, _ metadata: [String: LogValue] = [:]) { log(.error, message, metadata) }

    private static func timestamp(_ date: Date) -> String {
        date.formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }

    /// Writes each line to standard error with one `write`, so that lines of several threads do not mix.
    package static let standardError: Sink = { line in
        let bytes = Data((line + "\n").utf8)
        writing.withLock { _ in try? FileHandle.standardError.write(contentsOf: bytes) }
    }

    /// Guards standard error.
    private static let writing = Mutex<Void>(())
}

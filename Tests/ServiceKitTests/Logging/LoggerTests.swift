import Foundation
import ServiceKit
import Synchronization
import Testing

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    var sink: Logger.Sink { { line in self.lines.withLock { $0.append(line) } } }
}

private func object(_ line: String?) throws -> [String: Any] {
    let line = try #require(line)
    return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
}

@Suite struct LoggerTests {
    @Test func `a line is one JSON object with time, level, service, message and metadata`() throws {
        let lines = Lines()
        let logger = Logger(
            service: "s", now: { Date(timeIntervalSince1970: 1_700_000_000.5) }, sink: lines.sink)
        logger.with(["a": 1]).info("hello", ["b": "x\"\n\u{1}\u{2028}", "c": 1.5, "d": true])
        let line = try object(lines.all.first)
        #expect(line["time"] as? String == "2023-11-14T22:13:20.500Z")
        #expect(line["level"] as? String == "info")
        #expect(line["service"] as? String == "s")
        #expect(line["message"] as? String == "hello")
        #expect(line["a"] as? Int == 1)
        #expect(line["b"] as? String == "x\"\n\u{1}\u{2028}")
        #expect(line["c"] as? Double == 1.5)
        #expect(line["d"] as? Bool == true)
        #expect(lines.all.first?.contains("\n") == false)
    }

    @Test(arguments: LogLevel.allCases)
    func `a line below the level is not written`(level: LogLevel) {
        let lines = Lines()
        let logger = Logger(service: "s", level: level, sink: lines.sink)
        for each in LogLevel.allCases { logger.log(each, "line") }
        #expect(lines.all.count == LogLevel.allCases.filter { $0 >= level }.count)
    }

    @Test func `a number that JSON lacks is written as text`() throws {
        let lines = Lines()
        Logger(service: "s", sink: lines.sink).info("x", ["n": .double(.nan)])
        #expect(try object(lines.all.first)["n"] as? String == "nan")
    }
}

@Suite struct PHITests {
    private struct Record { let name = PHI("Doe^Jane"), number = PHI(4711) }

    @Test func `an identifying value prints as private in every way of printing`() {
        let record = Record()
        var dumped = ""
        dump(record, to: &dumped)
        for text in ["\(record.name)", "\(record)", String(reflecting: record), String(describing: record), dumped] {
            #expect(!text.contains("Doe") && !text.contains("4711"))
            #expect(text.contains("<private>"))
        }
    }

    @Test func `an identifying value is logged as private at every level`() {
        let lines = Lines()
        let logger = Logger(service: "s", level: .trace, sink: lines.sink)
        for level in LogLevel.allCases { logger.log(level, "read", ["name": .phi(Record().name)]) }
        #expect(lines.all.count == LogLevel.allCases.count)
        #expect(lines.all.allSatisfy { !$0.contains("Doe") && $0.contains("\"name\":\"<private>\"") })
    }

    @Test func `reveal opens the value`() {
        #expect(PHI("Doe^Jane").reveal() == "Doe^Jane")
    }
}

import Foundation
import HTTP
import Testing

import ServiceKit

@Suite struct AuditLogTests {
    private let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hilum-audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "audit.log").path
    }

    private func log(maxFileBytes: Int = 1 << 20) throws -> AuditLog {
        try AuditLog(
            path: path, maxFileBytes: maxFileBytes, logger: Logger(service: "test", sink: { _ in }), metrics: Metrics())
    }

    private func write(_ studies: [String], maxFileBytes: Int = 1 << 20) async throws {
        let log = try log(maxFileBytes: maxFileBytes)
        for study in studies {
            try await log.record(
                AuditRecord(.imageRead, caller: Caller(name: "dr \"x\"\n", roles: [.reader]), study: study))
        }
        await log.close()
    }

    private var files: [String] {
        let folder = URL(filePath: path).deletingLastPathComponent()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted { ($0 == "audit.log" ? "z" : $0) < ($1 == "audit.log" ? "z" : $1) }
            .map { folder.appending(path: $0).path }
    }

    private func change(_ change: (inout [String]) -> Void) throws {
        var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        change(&lines)
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: false, encoding: .utf8)
    }

    @Test func `a log that was opened again goes on with its chain`() async throws {
        try await write(["1", "2"])
        try await write(["3"])
        let report = try AuditReport(checking: [path])
        #expect(report.records == 3 && report.first == 1 && report.chain.next == 4)
    }

    @Test func `a record that was changed, taken away, put in or moved breaks the chain where it stood`() async throws {
        try await write(["1", "2", "3", "4"])
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        let changes: [(line: Int, (inout [String]) -> Void)] = [
            (3, { $0[1] = $0[1].replacing("\"study\":\"2\"", with: "\"study\":\"9\"") }), (2, { $0.remove(at: 1) }),
            (2, { $0.insert($0[0], at: 1) }), (2, { $0.swapAt(1, 2) }),
        ]
        for (line, change) in changes {
            try whole.write(toFile: path, atomically: false, encoding: .utf8)
            try self.change(change)
            #expect(throws: AuditChainError.broken(path: path, line: line)) { try AuditReport(checking: [path]) }
        }
    }

    @Test func `an end that was cut off is found by the head that was noted`() async throws {
        try await write(["1", "2", "3"])
        let head = try AuditReport(checking: [path]).chain.head
        try change { $0.removeLast() }
        #expect(try AuditReport(checking: [path], lookingFor: head).foundHead == false)
        try await write(["4"])
        #expect(try AuditReport(checking: [path], lookingFor: head).foundHead == false)
    }

    @Test func `the chain goes on from file to file, and a missing file is noticed`() async throws {
        try await write((0..<60).map { "1.\($0)" }, maxFileBytes: 4096)
        #expect(files.count > 3)
        let report = try AuditReport(checking: files)
        #expect(report.records == 60)
        #expect(try AuditReport(checking: Array(files.dropFirst())).first > 1)
        var gap = files
        gap.remove(at: 1)
        #expect(throws: AuditChainError.self) { try AuditReport(checking: gap) }
    }

    @Test(arguments: [1, 3]) func `a record that a crash cut off stays, and the next one says so`(count: Int)
        async throws
    {
        try await write((0..<count).map(String.init))
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes.removeLast(30)
        try bytes.write(to: URL(filePath: path))
        #expect(throws: AuditChainError.torn(path: path, line: count)) { try AuditReport(checking: [path]) }
        try await write(["9"])
        let report = try AuditReport(checking: [path])
        #expect(report.records == UInt64(count) + 1)
        #expect(try Data(contentsOf: URL(filePath: path)).starts(with: bytes))
        #expect(try String(contentsOfFile: path, encoding: .utf8).contains("\"action\":\"recovery\""))
    }

    @Test func `many records at once are written in groups, each once`() async throws {
        let log = try log()
        try await withThrowingTaskGroup { group in
            for index in 0..<500 { group.addTask { try await log.record(AuditRecord(.export, study: "1.\(index)")) } }
            try await group.waitForAll()
        }
        #expect(try AuditReport(checking: [path]).records == 500)
    }

    @Test func `a flood of refusals does not fill the disk, and is counted`() async throws {
        let log = try log()
        for _ in 0..<5000 { log.noteRefusal(AuditRecord(.refused, route: "x", detail: "credentials_missing")) }
        var lines = 0
        repeat {
            // A line that is being written is not whole yet.
            if let report = try? AuditReport(checking: [path]) { lines = Int(report.records) }
            await Task.yield()
        } while lines < 200
        try await log.record(AuditRecord(.start))
        #expect(lines < 400)
    }

    @Test func `two programs do not write one log`() throws {
        let first = try log()
        #expect(throws: AuditFileError.inUse(path: path)) { try log() }
        withExtendedLifetime(first) {}
    }

    @Test func `a file of something else is left alone`() throws {
        try "hello\n".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: AuditFileError.foreign(path: path)) { try log() }
    }

    @Test func `what is no UID does not get into the log`() throws {
        let line = AuditRecord(.imageRead, study: "DOE^JOHN 1.2").line(number: 1, time: "", previous: "")
        #expect(!line.contains("DOE") && line.contains("\"study\":\"1.2\""))
    }
}

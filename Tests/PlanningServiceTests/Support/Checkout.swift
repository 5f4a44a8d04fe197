import Foundation

/// The checkout these tests belong to, and the foreign programs they use.
enum Checkout {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static let python = root.appendingPathComponent(".venv/bin/python").path
    static let dciodvfy = "/usr/bin/dciodvfy"
    static let samples = root.appendingPathComponent("samples")
    static let models = root.appendingPathComponent("models")

    /// In CI a missing program fails the test; elsewhere the test is skipped by name.
    static let isCI = ProcessInfo.processInfo.environment["CI"] != nil
    static let hasPython = isCI || FileManager.default.isExecutableFile(atPath: python)
    static let hasDciodvfy = isCI || FileManager.default.isExecutableFile(atPath: dciodvfy)

    /// Runs a program to its end and gives its exit status and all it printed.
    static func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = root
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    /// A new folder that goes away after `body`.
    static func withTemporaryFolder<R>(_ body: (URL) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hilum-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}

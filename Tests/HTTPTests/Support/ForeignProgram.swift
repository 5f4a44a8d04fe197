import Foundation
import Testing

/// A program of somebody else that speaks to us.
struct ForeignProgram: CustomTestStringConvertible {
    let name: String
    static let curl = ForeignProgram(name: "curl")
    static let h2load = ForeignProgram(name: "h2load")
    static let openssl = ForeignProgram(name: "openssl")

    var testDescription: String { name }

    /// Where it is missing its tests are skipped by name, in continuous integration they fail.
    var isPresent: Bool {
        if ProcessInfo.processInfo.environment["CI"] != nil { return true }
        return path != nil
    }

    private var path: String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    struct Output: Sendable {
        let status: Int32
        let text: String
    }

    func run(_ arguments: [String]) async throws -> Output {
        let path = try #require(path, "\(name) is not installed")
        return try await onThread {
            let process = Process()
            let pipe = Pipe()
            process.executableURL = URL(filePath: path)
            process.arguments = arguments
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            try process.run()
            let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return Output(status: process.terminationStatus, text: String(decoding: data, as: UTF8.self))
        }
    }
}

/// Bytes in a file of their own, gone with the value.
final class TemporaryFile: Sendable {
    let path: String

    init(_ bytes: Data) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "hilum-\(UUID().uuidString)").path()
        try bytes.write(to: URL(filePath: path))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

import Foundation
import Testing

/// A program of somebody else that judges our objects. Where it is missing its tests fail in continuous integration.
enum ForeignProgram: String {
    case dciodvfy, dsrdump, dcmdump

    var isPresent: Bool {
        if ProcessInfo.processInfo.environment["CI"] != nil { return true }
        return path != nil
    }

    private var path: String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(rawValue)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Everything the program says about a file of these bytes, and its exit status.
    func judge(_ bytes: Data, _ arguments: String...) throws -> (status: Int32, text: String) {
        let path = try #require(path, "\(rawValue) is not installed")
        let file = FileManager.default.temporaryDirectory.appending(path: "hilum-\(UUID().uuidString).dcm")
        try bytes.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments + [file.path()]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let said = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }
}

/// The lines in which `dciodvfy` speaks of errors; what it says of `source` too is the source's own.
func errors(in object: Data, besidesThoseOf source: Data? = nil) throws -> [String] {
    func lines(_ bytes: Data) throws -> [String] {
        try ForeignProgram.dciodvfy.judge(bytes).text.split(separator: "\n").map(String.init).filter {
            $0.hasPrefix("Error")
        }
    }
    let known = try source.map { Set(try lines($0)) } ?? []
    return try lines(object).filter { !known.contains($0) }
}

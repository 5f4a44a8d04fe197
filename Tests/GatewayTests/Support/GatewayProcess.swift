import Foundation
import RPC
import Testing

/// A gateway as a process of its own, which can be killed.
final class GatewayProcess {
    let client: RPCClient
    private let process: Process

    /// Starts the program built beside the tests and waits until it serves.
    init(_ directory: TemporaryDirectory, arguments: [String]) async throws {
        let portFile = directory.path + "/port"
        try? FileManager.default.removeItem(atPath: portFile)
        process = Process()
        process.executableURL = Self.program
        process.arguments =
            ["--port", "0", "--port-file", portFile, "--grace-seconds", "0", "--data", directory.path + "/data"]
            + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        var port: Int?
        let process = self.process
        try await eventually {
            guard process.isRunning else { throw Failure.ended(status: process.terminationStatus) }
            port = (try? String(contentsOfFile: portFile, encoding: .utf8)).flatMap {
                Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            return port != nil
        }
        client = RPCClient(address: "http://127.0.0.1:\(try #require(port))")
    }

    deinit {
        if process.isRunning { kill() }
    }

    enum Failure: Error {
        case ended(status: Int32)
    }

    private static var program: URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("gateway")
    }

    /// Ends it at once, wherever it is.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Asks it to end; returns its exit status.
    func terminate() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

import Foundation
import HilumCLI
import Testing

/// A folder with programs that are shell scripts.
private func writePrograms(_ folder: URL, _ script: String) throws {
    for name in LauncherOptions.ServiceName.allCases {
        let file = folder.appending(path: name.program)
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
}

private func options(_ folder: URL) -> LauncherOptions {
    var options = LauncherOptions(programs: folder, data: folder.appending(path: "data").path)
    options.logs = folder.appending(path: "logs").path
    return options
}

@Suite struct LauncherTests {
    @Test func `waits double from half a second to thirty, and start again after a sound run`() {
        var policy = RestartPolicy()
        let waits = (0..<8).map { _ in policy.delay(afterRunning: .seconds(1)) }
        #expect(
            waits == [
                .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16), .seconds(30),
                .seconds(30),
            ])
        #expect(policy.delay(afterRunning: .seconds(60)) == .milliseconds(500))
    }

    @Test func `the gateway is told the addresses of the others`() {
        var options = LauncherOptions(programs: URL(filePath: "/bin"), data: "d")
        options.dicomPort = 104
        let arguments = options.arguments(
            .gateway, port: 0, portFile: URL(filePath: "/p"),
            addresses: [.planning: "http://a", .classifier: "http://b"])
        #expect(
            arguments == [
                "--port", "0", "--port-file", "/p", "--grace-seconds", "0", "--data", "d", "--dicom-port-file",
                options.dicomPortFile.path, "--dicom-port", "104", "--classifier", "http://b", "--planning", "http://a",
            ])
    }

    @Test func `a service that ends before it listens fails the start with its status and log`() async throws {
        try await withTemporaryFolder { folder in
            try writePrograms(folder, "echo 'wrong key' >&2; exit 78")
            let error = await #expect(throws: Failure.self) {
                _ = try await Launcher(options(folder)) { _ in }.start()
            }
            #expect(error?.exitCode == .notReady)
            #expect(
                error?.message.hasPrefix("classifier-service ended with status 78 before it was ready; see ") == true)
            let log = try String(contentsOf: folder.appending(path: "logs/classifier-service.log"), encoding: .utf8)
            #expect(log == "wrong key\n")
        }
    }

    @Test func `a program that is not there fails the start and names itself`() async throws {
        try await withTemporaryFolder { folder in
            let error = await #expect(throws: Failure.self) {
                _ = try await Launcher(options(folder)) { _ in }.start()
            }
            #expect(error?.message.hasSuffix("classifier-service: cannot be started") == true)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `stopping during the start ends what was started`() async throws {
        try await withTemporaryFolder { folder in
            let fifo = folder.appending(path: "started").path
            #expect(mkfifo(fifo, 0o600) == 0)
            try writePrograms(
                folder,
                "trap 'echo ended > \(folder.path)/ended; exit 0' TERM; echo > \(fifo); while :; do sleep 0.05; done")
            let launcher = Launcher(options(folder)) { _ in }
            let start = Task { () -> Bool in
                do {
                    _ = try await launcher.start()
                    return true
                } catch {
                    return false
                }
            }
            let opened = try FileHandle(forReadingFrom: URL(filePath: fifo))
            _ = try opened.readToEnd()  // until the first service runs
            await launcher.stop()
            #expect(await start.value == false)
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "ended").path))
        }
    }
}

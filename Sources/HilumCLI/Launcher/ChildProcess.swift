import Foundation

/// One run of a program.
actor ChildProcess {
    /// How a run ended, in words: `status 1`, `signal 9`.
    typealias Ending = String

    /// `nil` while the program runs.
    private(set) var ending: Ending?
    private let process = Process()
    private var waiters: [CheckedContinuation<Ending, Never>] = []

    /// - Parameter log: receives standard output and standard error, appended; `nil` keeps ours.
    init(program: URL, arguments: [String], log: URL?) throws(Failure) {
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        if let log {
            let file = try Self.open(log)
            process.standardOutput = file
            process.standardError = file
        }
    }

    private static func open(_ log: URL) throws(Failure) -> FileHandle {
        do {
            try FileManager.default.createDirectory(
                at: log.deletingLastPathComponent(), withIntermediateDirectories: true)
            if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
            let file = try FileHandle(forWritingTo: log)
            try file.seekToEnd()
            return file
        } catch {
            throw Failure(.file, "\(log.relativePath): cannot be written")
        }
    }

    func start() throws(Failure) {
        process.terminationHandler = { process in
            let ending = "\(process.terminationReason == .exit ? "status" : "signal") \(process.terminationStatus)"
            Task { await self.end(ending) }
        }
        do {
            try process.run()
        } catch {
            throw Failure(.notReady, "\(process.executableURL?.relativePath ?? ""): cannot be started")
        }
    }

    /// Waits for the end of the run.
    func ended() async -> Ending {
        if let ending { return ending }
        return await withCheckedContinuation { waiters.append($0) }
    }

    private func end(_ ending: Ending) {
        self.ending = ending
        process.terminationHandler = nil
        waiters.forEach { $0.resume(returning: ending) }
        waiters = []
    }

    /// Asks the program to end; kills it after `patience`.
    func stop(patience: Duration = .seconds(20)) async {
        guard ending == nil, process.isRunning else { return }
        process.terminate()
        let killer = Task {
            try await Task.sleep(for: patience)
            kill()
        }
        _ = await ended()
        killer.cancel()
    }

    private func kill() {
        if ending == nil { Foundation.kill(process.processIdentifier, SIGKILL) }
    }
}

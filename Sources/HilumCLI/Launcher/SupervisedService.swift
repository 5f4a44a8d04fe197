import Foundation
import HTTP

/// One service that is kept running: started, watched, and started again on the same port when it dies.
actor SupervisedService {
    nonisolated let name: LauncherOptions.ServiceName
    private let options: LauncherOptions
    private let addresses: [LauncherOptions.ServiceName: String]
    private let note: @Sendable (String) -> Void

    private var child: ChildProcess?
    private var watcher: Task<Void, Never>?
    private var isStopping = false
    /// The port once bound; 0 before where any will do.
    private var port: Int

    init(
        _ name: LauncherOptions.ServiceName, _ options: LauncherOptions,
        addresses: [LauncherOptions.ServiceName: String], note: @escaping @Sendable (String) -> Void
    ) {
        self.name = name
        self.options = options
        self.addresses = addresses
        self.note = note
        port = options.ports[name] ?? 0
    }

    private var portFile: URL { URL(filePath: options.data).appending(path: "run/\(name.rawValue).port") }
    private var log: URL? { options.logs.map { URL(filePath: $0).appending(path: "\(name.program).log") } }
    private var address: String { "http://127.0.0.1:\(port)" }

    /// Starts the service and waits until it listens; it may not take work yet.
    ///
    /// - Returns: its address.
    /// - Throws: exit code 5 when it ends before it listens.
    func start() async throws(Failure) -> String {
        let child = try await run()
        while true {
            if let bound = boundPort() {
                port = bound
                break
            }
            try await waitBriefly(for: child)
        }
        return address
    }

    /// Waits until the service takes work; from then on it is started again when it dies.
    ///
    /// - Throws: exit code 5 when it ends before that, or takes longer than the options allow.
    func becomeReady() async throws(Failure) {
        let deadline = ContinuousClock.now + options.patience
        while !isStopping, let child {
            let reason = await reasonNotReady()
            guard let reason else {
                watcher = Task { await watch(child) }
                return
            }
            guard ContinuousClock.now < deadline else {
                throw Failure(.notReady, "\(name.program) is not ready after \(options.patience): \(reason)")
            }
            try await waitBriefly(for: child)
        }
        throw Failure(.notReady)
    }

    /// What the service says of itself when it takes no work; `nil` when it does.
    private func reasonNotReady() async -> String? {
        // Without a kept connection: one that is idle delays the end of the service.
        let request = HTTPClient.Request(
            url: address + "/healthz/ready", fields: ["connection": "close"], timeout: .seconds(5),
            maxResponseBytes: 10_000)
        guard let response = try? await HTTPClient.shared.send(request) else { return "no answer" }
        guard response.status != 200 else { return nil }
        let text = (try? await response.body.collect(limit: 10_000)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func stop() async {
        isStopping = true
        watcher?.cancel()
        await child?.stop()
        await watcher?.value
        try? FileManager.default.removeItem(at: portFile)
    }

    private func run() async throws(Failure) -> ChildProcess {
        guard !isStopping else { throw Failure(.notReady) }
        try? FileManager.default.removeItem(at: portFile)
        let child = try ChildProcess(
            program: options.programs.appending(path: name.program),
            arguments: options.arguments(name, port: port, portFile: portFile, addresses: addresses), log: log)
        // Known before it runs, so that a `stop` during the start finds it; one that came earlier still is caught below.
        self.child = child
        try await child.start()
        guard !isStopping else {
            await child.stop()
            throw Failure(.notReady)
        }
        return child
    }

    private func boundPort() -> Int? {
        guard let text = try? String(contentsOf: portFile, encoding: .utf8) else { return nil }
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// - Throws: exit code 5 when the program has ended.
    private func waitBriefly(for child: ChildProcess) async throws(Failure) {
        try? await Task.sleep(for: .milliseconds(50))
        guard let ending = await child.ending else { return }
        let log = log.map { "; see \($0.relativePath)" } ?? ""
        throw Failure(.notReady, isStopping ? "" : "\(name.program) ended with \(ending) before it was ready\(log)")
    }

    /// Starts the service again whenever it dies.
    private func watch(_ first: ChildProcess) async {
        var policy = RestartPolicy()
        var child = first
        let clock = ContinuousClock()
        while true {
            let start = clock.now
            let ending = await child.ended()
            guard !isStopping else { return }
            let delay = policy.delay(afterRunning: clock.now - start)
            note("\(name.program) ended with \(ending); starting it again in \(delay)")
            try? await clock.sleep(for: delay)
            guard !isStopping else { return }
            do throws(Failure) {
                child = try await run()
            } catch {
                return note(error.message)
            }
        }
    }
}

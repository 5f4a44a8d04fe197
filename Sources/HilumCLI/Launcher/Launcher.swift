import Foundation

/// Starts the three services on this machine and keeps them running.
package actor Launcher {
    private let options: LauncherOptions
    private let note: @Sendable (String) -> Void
    private var services: [SupervisedService] = []
    private var isStopping = false
    private var isStopped = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// - Parameter note: is told, in one line, of each death and restart.
    package init(_ options: LauncherOptions, note: @escaping @Sendable (String) -> Void) {
        self.options = options
        self.note = note
    }

    /// Starts everything and waits until all services take work.
    ///
    /// - Returns: the gateway's address.
    /// - Throws: exit code 5 when a service ends before it is ready, or `stop` is called; nothing runs afterwards.
    package func start() async throws(Failure) -> String {
        do throws(Failure) {
            return try await startAll()
        } catch {
            await stop()
            throw error
        }
    }

    private func startAll() async throws(Failure) -> String {
        let run = URL(filePath: options.data).appending(path: "run")
        do {
            try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
        } catch {
            throw Failure(.file, "\(run.relativePath): cannot be made")
        }
        var addresses: [LauncherOptions.ServiceName: String] = [:]
        for name in LauncherOptions.ServiceName.allCases {
            guard !isStopping else { throw Failure(.notReady) }
            let service = SupervisedService(name, options, addresses: addresses, note: note)
            services.append(service)
            addresses[name] = try await service.start()
        }
        for service in services { try await service.becomeReady() }
        return addresses[.gateway] ?? ""
    }

    /// Ends all services, the gateway first, and waits for them.
    package func stop() async {
        guard !isStopping else { return await stopped() }
        isStopping = true
        for service in services.reversed() { await service.stop() }
        isStopped = true
        waiters.forEach { $0.resume() }
        waiters = []
    }

    /// Waits until `stop` has been called and everything has ended.
    package func stopped() async {
        guard !isStopped else { return }
        await withCheckedContinuation { waiters.append($0) }
    }
}

import ServiceKit

extension Launcher {
    /// Starts everything, runs `body` with the gateway's address, and stops everything at its end.
    /// SIGINT and SIGTERM cancel `body` and stop everything at once.
    ///
    /// - Throws: what `body` throws; nothing when a signal ended it.
    package func run(_ body: @escaping @Sendable (String) async throws(Failure) -> Void) async throws(Failure) {
        let signals = ProcessSignals()
        let work = Task { () -> Result<Void, Failure> in
            do throws(Failure) {
                try await body(try await start())
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        let listener = Task {
            for await _ in signals.received {
                work.cancel()
                await stop()
            }
        }
        let result = await work.value
        let isInterrupted = work.isCancelled
        await stop()
        listener.cancel()
        if !isInterrupted { try result.get() }
    }
}

import Synchronization

/// Lets one loop sleep until there is something to do.
final class WakeSignal: Sendable {
    private struct State {
        var isPending = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Ends the sleep; one that has not begun yet ends at once.
    func wake() {
        let sleeper = state.withLock { state in
            defer { state.sleeper = nil }
            if state.sleeper == nil { state.isPending = true }
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Sleeps until `wake`, cancellation or `limit`. One caller at a time.
    func sleep(atMost limit: Duration) async {
        let alarm = Task {
            try? await Task.sleep(for: limit)
            if !Task.isCancelled { wake() }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isAwake = state.withLock { state in
                    defer { state.isPending = false }
                    if !state.isPending { state.sleeper = continuation }
                    return state.isPending
                }
                if isAwake { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
        alarm.cancel()
    }
}

import Synchronization

/// Tells one listener of something; what was told before it listens is not missed.
final class ChangeSignal: Sendable {
    private struct State {
        var listener: (@Sendable () -> Void)?
        var wasTold = false
    }

    private let state = Mutex(State())

    func tell() {
        let listener = state.withLock { state in
            if state.listener == nil { state.wasTold = true }
            return state.listener
        }
        listener?()
    }

    func listen(_ listener: @escaping @Sendable () -> Void) {
        let wasTold = state.withLock { state in
            state.listener = listener
            return state.wasTold
        }
        if wasTold { listener() }
    }
}

import RPC
import Synchronization

/// Keeps every operation it is told of.
final class SpanList: SpanRecorder {
    private let recorded = Mutex<[Span]>([])

    var all: [Span] { recorded.withLock { $0 } }

    func samples(newTrace name: String) -> Bool { true }

    func record(_ span: Span) { recorded.withLock { $0.append(span) } }
}

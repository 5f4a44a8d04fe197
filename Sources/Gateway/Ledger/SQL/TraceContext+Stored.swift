import RPC

extension TraceContext {
    /// As it stands in the ledger: `traceparent`, and after a space `tracestate` where there is one.
    var stored: String { state.isEmpty ? parent : "\(parent) \(state)" }

    /// Nil for what was stored before traces were, and for what cannot be read.
    init?(stored: String) {
        let parts = stored.split(separator: " ", maxSplits: 1)
        guard let parent = parts.first else { return nil }
        self.init(parent: String(parent), state: parts.count > 1 ? String(parts[1]) : "")
    }
}

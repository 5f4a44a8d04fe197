/// Where an operation stands in a distributed trace (W3C Trace Context, https://www.w3.org/TR/trace-context/).
package struct TraceContext: Sendable, Hashable {
    /// Names the whole trace: 128 bits, not all zero.
    package let traceID: TraceID
    /// Names this operation within it; not zero.
    package let spanID: UInt64
    /// Whether whoever began the trace wants it kept.
    package let isSampled: Bool
    /// `tracestate` (§3.3), handed on as it came.
    package let state: String

    /// The first operation of a new trace.
    package init(isSampled: Bool) {
        self.init(traceID: .random(), spanID: .random(in: 1 ... .max), isSampled: isSampled, state: "")
    }

    private init(traceID: TraceID, spanID: UInt64, isSampled: Bool, state: String) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.state = state
    }

    /// What a caller sent; nil where it is no `traceparent` of a version we can read (§3.2, §4).
    ///
    /// - Parameter state: `tracestate`; one beyond 512 characters is dropped, as §3.3.1.5 allows.
    package init?(parent: String, state: String = "") {
        let fields = parent.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count >= 4, let version = UInt64(lowerHex: fields[0], digits: 2), version != 0xFF,
            fields.count == 4 || version > 0,
            let high = UInt64(lowerHex: fields[1].prefix(16), digits: 16),
            let low = UInt64(lowerHex: fields[1].dropFirst(16), digits: 16), high | low != 0,
            let span = UInt64(lowerHex: fields[2], digits: 16), span != 0,
            let flags = UInt64(lowerHex: fields[3], digits: 2)
        else { return nil }
        self.init(
            traceID: TraceID(high: high, low: low), spanID: span, isSampled: flags & 1 == 1,
            state: state.utf8.count <= 512 ? state : "")
    }

    /// An operation within this one.
    package func child() -> TraceContext {
        TraceContext(traceID: traceID, spanID: .random(in: 1 ... .max), isSampled: isSampled, state: state)
    }

    /// The field `traceparent`, version 00.
    package var parent: String { "00-\(traceID.hexadecimal)-\(spanID.hexadecimal)-\(isSampled ? "01" : "00")" }
}

/// The 128 bits that name a trace.
package struct TraceID: Sendable, Hashable {
    let high: UInt64
    let low: UInt64

    static func random() -> TraceID {
        TraceID(high: .random(in: 1 ... .max), low: .random(in: 0 ... .max))
    }

    /// 32 lower-case digits.
    package var hexadecimal: String { high.hexadecimal + low.hexadecimal }
}

extension UInt64 {
    /// 16 lower-case digits.
    package var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Exactly `digits` lower-case hexadecimal digits.
    fileprivate init?(lowerHex text: some StringProtocol, digits: Int) {
        let isHex = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard isHex, text.utf8.count == digits else { return nil }
        self.init(text, radix: 16)
    }
}

import Foundation

/// One operation of a trace that has ended. Names and attributes hold no patient data.
package struct Span: Sendable {
    /// On which side of a call it stands.
    package enum Kind: Sendable {
        case `internal`
        case server
        case client
    }

    package let name: String
    package let kind: Kind
    package let context: TraceContext
    /// The operation it was part of; nil for the first of a trace.
    package let parent: UInt64?
    /// Nanoseconds since 1970-01-01 UTC.
    package let begin: Int64
    package let end: Int64
    /// What went wrong, as a code or an error's type; nil: nothing.
    package let error: String?
    package let attributes: [String: SpanAttribute]

    package init(
        name: String, kind: Kind, context: TraceContext, parent: UInt64?, begin: Int64, end: Int64, error: String?,
        attributes: [String: SpanAttribute]
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        self.parent = parent
        self.begin = begin
        self.end = end
        self.error = error
        self.attributes = attributes
    }

    /// A status's code, or the type of any other error: its text might say too much.
    static func describe(_ error: any Error) -> String {
        switch error {
        case let status as RPCStatus: status.code.connectName
        case let failure as CallFailure: failure.status.code.connectName
        default: String(reflecting: type(of: error))
        }
    }
}

/// A value in a span's attributes.
package enum SpanAttribute: Sendable, Hashable {
    case string(String)
    case int(Int)
}

extension SpanAttribute: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
}

/// Times one operation: ends by the wall clock, which is read only where it is recorded; lasts by a clock that never jumps.
struct SpanWatch: Sendable {
    private let start = ContinuousClock.now

    var elapsed: Duration { .now - start }

    func span(
        _ name: String, _ kind: Span.Kind, _ context: TraceContext, parent: UInt64?, error: String?,
        attributes: [String: SpanAttribute]
    ) -> Span {
        let end = Self.wallClock()
        return Span(
            name: name, kind: kind, context: context, parent: parent, begin: end - elapsed.nanoseconds, end: end,
            error: error,
            attributes: attributes)
    }

    /// Nanoseconds since 1970-01-01 UTC.
    static func wallClock() -> Int64 {
        Int64(Date().timeIntervalSince1970 * 1_000_000) * 1000
    }
}

extension Duration {
    /// Whole nanoseconds.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

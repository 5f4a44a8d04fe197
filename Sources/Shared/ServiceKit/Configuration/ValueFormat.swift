import Foundation

/// How a configuration value is written as text: its type and unit, what is allowed, reading and printing.
package struct ValueFormat<Value: Sendable>: Sendable {
    /// Name of the type for `--help`, for example "integer".
    package let type: String
    /// What is allowed, for `--help` and errors, for example "1…65535".
    package let allowed: String
    /// The value meant by a flag that stands alone; nil when a value has to follow.
    package let impliedText: String?
    /// Reads the text; nil when it is not allowed.
    package let parse: @Sendable (String) -> Value?
    /// Writes the value so that `parse` reads it back.
    package let render: @Sendable (Value) -> String

    package init(
        type: String, allowed: String, impliedText: String? = nil,
        parse: @escaping @Sendable (String) -> Value?, render: @escaping @Sendable (Value) -> String
    ) {
        self.type = type
        self.allowed = allowed
        self.impliedText = impliedText
        self.parse = parse
        self.render = render
    }
}

extension ValueFormat<Int> {
    /// A whole number of `unit` inside `range`.
    package static func integer(_ range: ClosedRange<Int>, unit: String) -> Self {
        ValueFormat(
            type: "integer", allowed: "\(range.lowerBound)…\(range.upperBound) \(unit)",
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } },
            render: { String($0) })
    }

    /// A number of bytes inside `range`, with or without one of the suffixes KiB, MiB, GiB.
    package static func bytes(_ range: ClosedRange<Int>) -> Self {
        ValueFormat(
            type: "bytes", allowed: "\(range.lowerBound)…\(range.upperBound) bytes, or a number with KiB, MiB or GiB",
            parse: { text in byteCount(text).flatMap { range.contains($0) ? $0 : nil } },
            render: { String($0) })
    }

    private static func byteCount(_ text: String) -> Int? {
        for (suffix, shift) in [("KiB", 10), ("MiB", 20), ("GiB", 30)] where text.hasSuffix(suffix) {
            guard let count = Int(text.dropLast(suffix.count)) else { return nil }
            let (bytes, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
            return overflow ? nil : bytes
        }
        return Int(text)
    }
}

extension ValueFormat<Double> {
    /// A finite decimal number of `unit` inside `range`.
    package static func number(_ range: ClosedRange<Double>, unit: String) -> Self {
        ValueFormat(
            type: "number", allowed: "\(range.lowerBound)…\(range.upperBound) \(unit)",
            parse: { text in Double(text).flatMap { range.contains($0) ? $0 : nil } },
            render: { String($0) })
    }
}

extension ValueFormat<Duration> {
    /// A time in seconds, decimals allowed, inside `range`.
    package static func seconds(_ range: ClosedRange<Double>) -> Self {
        ValueFormat(
            type: "seconds", allowed: "\(range.lowerBound)…\(range.upperBound) seconds",
            parse: { text in
                Double(text).flatMap { range.contains($0) ? .milliseconds(Int64(($0 * 1000).rounded())) : nil }
            },
            render: { String($0 / .seconds(1)) })
    }
}

extension ValueFormat<Bool> {
    /// `true` or `false`; a flag that stands alone means `true`.
    package static var toggle: Self {
        ValueFormat(
            type: "boolean", allowed: "true, false", impliedText: "true", parse: { Bool($0) }, render: { String($0) })
    }
}

extension ValueFormat<String> {
    /// Text that is not empty; `kind` says what it is, for example "host name or address".
    package static func text(_ kind: String) -> Self {
        ValueFormat(
            type: "text", allowed: "\(kind), not empty", parse: { $0.isEmpty ? nil : $0 }, render: { $0 })
    }
}

extension ValueFormat<String> {
    /// Text that may be empty; `kind` says what it is.
    package static func anyText(_ kind: String) -> Self {
        ValueFormat(type: "text", allowed: "\(kind), or empty for none", parse: { $0 }, render: { $0 })
    }
}

extension ValueFormat<String?> {
    /// A path; empty means none.
    package static var optionalPath: Self {
        ValueFormat(
            type: "path", allowed: "a path, or empty for none", parse: { .some($0.isEmpty ? nil : $0) },
            render: { $0 ?? "" })
    }

    /// An address of a web server, without user and password; empty means none.
    package static var optionalURL: Self {
        ValueFormat(
            type: "URL", allowed: "http:// or https:// and a host, or empty for none",
            parse: { text in
                guard !text.isEmpty else { return .some(nil) }
                guard let url = URLComponents(string: text), ["http", "https"].contains(url.scheme),
                    url.host?.isEmpty == false, url.user == nil
                else { return nil }
                return .some(text)
            },
            render: { $0 ?? "" })
    }
}

extension ValueFormat<[String]> {
    /// Origins of web pages (RFC 6454 §6.2), separated by commas; `*` means any, empty none.
    package static var origins: Self {
        ValueFormat(
            type: "origins",
            allowed: "scheme://host or scheme://host:port, or *, separated by commas, or empty for none",
            parse: { text in
                let origins = text.split(separator: ",").map { $0.trimmingPrefix(while: { $0 == " " }) }.map(
                    String.init)
                return origins.allSatisfy(isOrigin) ? origins : nil
            },
            render: { $0.joined(separator: ",") })
    }

    private static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        guard let mark = text.firstRange(of: "://"), mark.lowerBound > text.startIndex else { return false }
        let host = text[mark.upperBound...]
        return !host.isEmpty && !host.contains { "/?#@ ".contains($0) }
    }
}

extension ValueFormat where Value: CaseIterable & RawRepresentable<String> {
    /// One of the raw values of an enumeration.
    package static var choice: Self {
        ValueFormat(
            type: "choice", allowed: Value.allCases.map(\.rawValue).joined(separator: ", "),
            parse: { Value(rawValue: $0) }, render: { $0.rawValue })
    }
}

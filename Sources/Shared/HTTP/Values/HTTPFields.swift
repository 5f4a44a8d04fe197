/// The fields of a message head or of its trailers: an ordered multi-map whose names compare without case
/// (RFC 9110 §5). Names are kept in lower case, as HTTP/2 demands them on the wire.
package struct HTTPFields: Sendable, Equatable {
    /// One field line.
    package struct Field: Sendable, Equatable {
        /// In lower case.
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name.lowercasedASCII
            self.value = value
        }

        /// - Parameter lowercaseName: is in lower case.
        package init(lowercaseName: String, value: String) {
            name = lowercaseName
            self.value = value
        }
    }

    private var lines: [Field]

    package init() {
        lines = []
    }

    /// - Parameter capacity: how many lines there is room for before memory has to grow.
    package init(capacity: Int) {
        lines = []
        lines.reserveCapacity(capacity)
    }

    /// The first value under `name`; setting replaces every value under it, nil removes them.
    package subscript(name: String) -> String? {
        get { lines.first { $0.name.equalsIgnoringASCIICase(name) }?.value }
        set {
            remove(name)
            if let newValue { append(name, newValue) }
        }
    }

    /// Every value under `name`, in order.
    package func values(for name: String) -> [String] {
        contains(name) ? lines.filter { $0.name.equalsIgnoringASCIICase(name) }.map(\.value) : []
    }

    package func contains(_ name: String) -> Bool {
        lines.contains { $0.name.equalsIgnoringASCIICase(name) }
    }

    /// Adds a line after those that exist.
    package mutating func append(_ name: String, _ value: String) {
        lines.append(Field(name: name, value: value))
    }

    package mutating func append(_ field: Field) {
        lines.append(field)
    }

    /// Adds every line of `other` after those that exist.
    package mutating func append(_ other: HTTPFields) {
        lines.append(contentsOf: other.lines)
    }

    package mutating func remove(_ name: String) {
        lines.removeAll { $0.name.equalsIgnoringASCIICase(name) }
    }

    /// The comma-separated members of every line under `name`, in lower case and trimmed (RFC 9110 §5.6.1):
    /// for fields of tokens such as `Connection`, not for free text.
    package func tokens(for name: String) -> [String] {
        values(for: name).flatMap { $0.split(separator: ",") }
            .map { $0.trimmingHTTPWhitespace.lowercasedASCII }
            .filter { !$0.isEmpty }
    }
}

extension HTTPFields: RandomAccessCollection {
    package var startIndex: Int { lines.startIndex }
    package var endIndex: Int { lines.endIndex }
    package subscript(position: Int) -> Field { lines[position] }
}

extension HTTPFields: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        lines = elements.map { Field(name: $0, value: $1) }
    }
}

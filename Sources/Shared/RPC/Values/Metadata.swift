package import Foundation

/// What travels beside the messages of a call: an ordered multi-map. Keys are in lower case; the values of keys that
/// end in `-bin` are bytes, all others printable ASCII.
package struct Metadata: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package enum Value: Sendable, Equatable {
            case text(String)
            case binary(Data)
        }

        package let key: String
        package let value: Value
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    /// The first text under `key`, which is in lower case; setting replaces all values under it, nil removes them.
    package subscript(key: String) -> String? {
        get {
            for entry in entries where entry.key == key {
                if case .text(let text) = entry.value { return text }
            }
            return nil
        }
        set {
            entries.removeAll { $0.key == key }
            if let newValue { append(key, newValue) }
        }
    }

    /// The first bytes under `key`, which ends in `-bin`.
    package func binary(_ key: String) -> Data? {
        for entry in entries where entry.key == key {
            if case .binary(let data) = entry.value { return data }
        }
        return nil
    }

    /// The entries whose keys are such.
    package func filter(_ isIncluded: (_ key: String) -> Bool) -> Metadata {
        var result = Metadata()
        result.entries = entries.filter { isIncluded($0.key) }
        return result
    }

    package mutating func append(_ key: String, _ text: String) {
        entries.append(Entry(key: key, value: .text(text)))
    }

    /// - Parameter key: ends in `-bin`.
    package mutating func append(_ key: String, binary: Data) {
        precondition(key.hasSuffix("-bin"), "bytes need a key that ends in -bin")
        entries.append(Entry(key: key, value: .binary(binary)))
    }
}

extension Metadata: ExpressibleByDictionaryLiteral {
    /// Texts under their keys, in order.
    package init(dictionaryLiteral elements: (String, String)...) {
        for (key, value) in elements { append(key, value) }
    }
}

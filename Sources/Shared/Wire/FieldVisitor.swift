package import Foundation

/// Sees every field of a message, reading or replacing its value.
package protocol FieldVisitor {
    /// A singular scalar, string, bytes or enum.
    mutating func field<S: Scalar>(_ number: Int, _ value: inout S) throws(WireError)
    /// A repeated scalar, string, bytes or enum.
    mutating func field<S: Scalar>(_ number: Int, _ values: inout [S]) throws(WireError)
    /// A scalar member of a oneof; `nil` when another member or none is set.
    mutating func field<S: Scalar>(_ number: Int, _ value: inout S?) throws(WireError)
    /// A singular message, also as a member of a oneof; `nil` is "not set".
    mutating func field<M: Message>(_ number: Int, _ value: inout M?) throws(WireError)
    /// A repeated message.
    mutating func field<M: Message>(_ number: Int, _ values: inout [M]) throws(WireError)
    /// A map from strings to messages.
    mutating func field<M: Message>(_ number: Int, _ values: inout [String: M]) throws(WireError)
}

/// Numbers of the two fields of a map's entries, which are messages in the binary form.
enum MapEntry {
    static let key = 1
    static let value = 2

    /// The entries in one order for every reader: by the UTF-8 of their keys.
    static func sorted<M>(_ map: [String: M]) -> [(key: String, value: M)] {
        map.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}

/// The value of one scalar field, of whatever type: what every codec reads and writes.
package enum ScalarValue: Equatable, Sendable {
    case int32(Int32)
    case int64(Int64)
    case uint32(UInt32)
    case uint64(UInt64)
    case float(Float)
    case double(Double)
    case bool(Bool)
    case string(String)
    case bytes(Data)
    case enumeration(Int32)
}

/// The types of scalar fields.
package enum ScalarKind: Equatable, Sendable {
    case int32, int64, uint32, uint64, float, double, bool, string, bytes, enumeration
}

/// A Swift type that a scalar field can have.
package protocol Scalar: Sendable, Equatable {
    static var kind: ScalarKind { get }
    /// The default of proto3: zero, false or empty.
    static var wireDefault: Self { get }
    /// `nil` when the value is of another kind.
    init?(_ value: ScalarValue)
    var scalarValue: ScalarValue { get }
}

extension Int32: Scalar {
    package static let kind = ScalarKind.int32
    package static let wireDefault: Int32 = 0
    package init?(_ value: ScalarValue) {
        guard case .int32(let value) = value else { return nil }
        self = value
    }
    package var scalarValue: ScalarValue { .int32(self) }
}

extension Int64: Scalar {
    package static let kind = ScalarKind.int64
    package static let wireDefault: Int64 = 0
    package init?(_ value: ScalarValue) {
        guard case .int64(let value) = value else { return nil }
        self = value
    }
    package var scalarValue: ScalarValue { .int64(self) }
}

extension UInt32: Scalar {
    package static let kind = ScalarKind.uint32
    package static let wireDefault: UInt32 = 0
    package init?(_ value: ScalarValue) {
        guard case .uint32(let value) = value else { return nil }
        self = value
    }
    package var scalarValue: ScalarValue { .uint32(self) }
}

extension UInt64: Scalar {
    package static let kind = ScalarKind.uint64
    package static let wireDefault: UInt64 = 0
    package init?(_ value: ScalarValue) {
        guard case .uint64(let value) = value else { return nil }
        self = value
    }
    package var scalarValue: ScalarValue { .uint64(self) }
}

extension Float: Scalar {
    package static let kind = ScalarKind.float
    package static let wireDefault: Float = 0
    package init?(_ value: ScalarValue) {
        guard case .float(let value) = value else { return nil }
        self = value
    }
    package var scalarValue: ScalarValue { .float(self) }
}

extension Double: Scalar {
    package static let kind = ScalarKind.double
    package static let wireDefault: Double = 0
    package init?(_ value: ScalarValue) {
        guard case .double(let value) = value else { return nil }
        self = value
    }
    package var scalarValue: ScalarValue { .double(self) }
}

extension Bool: Scalar {
    package static let kind = ScalarKind.bool
    package static let wireDefault = false
    package init?(_ value: ScalarValue) {
        guard case .bool(let value) = value else { return nil }
        self = value
    }
    package var scalarValue: ScalarValue { .bool(self) }
}

extension String: Scalar {
    package static let kind = ScalarKind.string
    package static let wireDefault = ""
    package init?(_ value: ScalarValue) {
        guard case .string(let value) = value else { return nil }
        self = value
    }
    package var scalarValue: ScalarValue { .string(self) }
}

extension Data: Scalar {
    package static let kind = ScalarKind.bytes
    package static let wireDefault = Data()
    package init?(_ value: ScalarValue) {
        guard case .bytes(let value) = value else { return nil }
        self = value
    }
    package var scalarValue: ScalarValue { .bytes(self) }
}

extension WireEnum {
    package static var kind: ScalarKind { .enumeration }
    package static var wireDefault: Self { Self(rawValue: 0) }
    package init?(_ value: ScalarValue) {
        guard case .enumeration(let value) = value else { return nil }
        self.init(rawValue: value)
    }
    package var scalarValue: ScalarValue { .enumeration(rawValue) }
}

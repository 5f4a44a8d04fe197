import CProtobuf
import Foundation

/// How scalars lie in the structs of protobuf-c.
extension ScalarKind {
    /// Distance between two elements of a repeated field.
    var stride: Int {
        switch self {
        case .int32, .uint32, .float, .enumeration: MemoryLayout<Int32>.stride
        case .int64, .uint64, .double: MemoryLayout<Int64>.stride
        case .bool: MemoryLayout<protobuf_c_boolean>.stride
        case .string, .bytes: MemoryLayout<ProtobufCBinaryData>.stride
        }
    }

    /// Reads the value at `address`. A bytes buffer is taken over, not copied: the struct no longer has it.
    ///
    /// - Returns: `nil` for a string that is not UTF-8.
    func load(from address: UnsafeMutableRawPointer) -> ScalarValue? {
        switch self {
        case .int32: .int32(address.load(as: Int32.self))
        case .enumeration: .enumeration(address.load(as: Int32.self))
        case .int64: .int64(address.load(as: Int64.self))
        case .uint32: .uint32(address.load(as: UInt32.self))
        case .uint64: .uint64(address.load(as: UInt64.self))
        case .float: .float(address.load(as: Float.self))
        case .double: .double(address.load(as: Double.self))
        case .bool: .bool(address.load(as: protobuf_c_boolean.self) != 0)
        case .bytes: .bytes(Self.takeBytes(at: address))
        case .string: Self.copyString(at: address).map(ScalarValue.string)
        }
    }

    /// The value whose content stands for itself.
    ///
    /// - Returns: `nil` for a string that is not UTF-8.
    func value(of content: Data) -> ScalarValue? {
        self == .bytes ? .bytes(content) : String(validating: content, as: UTF8.self).map(ScalarValue.string)
    }

    /// Whether the value at `address` is the default of proto3.
    func isUnset(at address: UnsafeMutableRawPointer) -> Bool {
        switch self {
        case .int32, .uint32, .float, .enumeration: address.load(as: UInt32.self) == 0
        case .int64, .uint64, .double: address.load(as: UInt64.self) == 0
        case .bool: address.load(as: protobuf_c_boolean.self) == 0
        case .bytes, .string: address.load(as: ProtobufCBinaryData.self).len == 0
        }
    }

    private static func takeBytes(at address: UnsafeMutableRawPointer) -> Data {
        let bytes = address.load(as: ProtobufCBinaryData.self)
        guard let start = bytes.data, bytes.len > 0 else { return Data() }
        address.storeBytes(of: ProtobufCBinaryData(), as: ProtobufCBinaryData.self)
        return Data(bytesNoCopy: start, count: bytes.len, deallocator: .free)
    }

    private static func copyString(at address: UnsafeMutableRawPointer) -> String? {
        let bytes = address.load(as: ProtobufCBinaryData.self)
        return String(validating: UnsafeBufferPointer(start: bytes.data, count: bytes.len), as: UTF8.self)
    }
}

extension ScalarValue {
    /// Writes the value at `address`; what it points at is kept by `arena`.
    func store(to address: UnsafeMutableRawPointer, in arena: CMessageArena) {
        switch self {
        case .int32(let value), .enumeration(let value): address.storeBytes(of: value, as: Int32.self)
        case .int64(let value): address.storeBytes(of: value, as: Int64.self)
        case .uint32(let value): address.storeBytes(of: value, as: UInt32.self)
        case .uint64(let value): address.storeBytes(of: value, as: UInt64.self)
        case .float(let value): address.storeBytes(of: value, as: Float.self)
        case .double(let value): address.storeBytes(of: value, as: Double.self)
        case .bool(let value): address.storeBytes(of: value ? 1 : 0, as: protobuf_c_boolean.self)
        case .string(let value): address.storeBytes(of: arena.keep(value), as: ProtobufCBinaryData.self)
        case .bytes(let value): address.storeBytes(of: arena.keep(value), as: ProtobufCBinaryData.self)
        }
    }
}

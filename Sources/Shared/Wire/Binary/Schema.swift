import CProtobuf
import Foundation

/// The descriptor that protoc-c generated for a message.
struct MessageSchema: @unchecked Sendable {  // points at constants of the program
    let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

    /// Every message of proto/, by full name.
    static let all: [String: MessageSchema] = {
        var count = 0
        let table = hilum_message_descriptors(&count)
        let schemas = (0..<count).map { MessageSchema(descriptor: table[$0]) }
        return Dictionary(uniqueKeysWithValues: schemas.map { ($0.fullName, $0) })
    }()

    /// The same by type: one word is hashed faster than a name.
    private static let byType: [ObjectIdentifier: MessageSchema] = AllMessages.types.reduce(into: [:]) {
        $0[ObjectIdentifier($1)] = all[$1.fullName]
    }

    /// The descriptor of a message type; that it exists is the programmer's duty, checked by a test for every type.
    static func of<M: Message>(_ type: M.Type) -> MessageSchema {
        guard let schema = byType[ObjectIdentifier(type)] ?? all[type.fullName] else {
            preconditionFailure("no descriptor for \(type.fullName)")
        }
        return schema
    }

    /// Whether it is the descriptor of `type`.
    func describes<M: Message>(_ type: M.Type) -> Bool {
        M.fullName.withCString { strcmp($0, descriptor.pointee.name) == 0 }
    }

    var fullName: String { String(cString: descriptor.pointee.name) }
    var structSize: Int { descriptor.pointee.sizeof_message }

    var fields: [FieldSchema] {
        (0..<Int(descriptor.pointee.n_fields)).map { FieldSchema(descriptor: descriptor.pointee.fields + $0) }
    }

    func field(_ number: Int) -> FieldSchema {
        guard let found = protobuf_c_message_descriptor_get_field(descriptor, UInt32(number)) else {
            preconditionFailure("\(fullName) has no field \(number)")
        }
        return FieldSchema(descriptor: found)
    }

    /// Whether the message has a field with this number that holds bytes or text.
    func holdsBytes(_ number: UInt32) -> Bool {
        protobuf_c_message_descriptor_get_field(descriptor, number)?.pointee.type == PROTOBUF_C_TYPE_BYTES
    }
}

/// The descriptor of one field: where it lies in the C struct, and its names.
struct FieldSchema {
    let descriptor: UnsafePointer<ProtobufCFieldDescriptor>

    var number: Int { Int(descriptor.pointee.id) }
    var name: String { String(cString: descriptor.pointee.name) }
    var isRepeated: Bool { descriptor.pointee.label == PROTOBUF_C_LABEL_REPEATED }
    var offset: Int { Int(descriptor.pointee.offset) }
    /// Offset of the element count of a repeated field.
    var countOffset: Int { Int(descriptor.pointee.quantifier_offset) }
    var isOneofMember: Bool { descriptor.pointee.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0 }
    /// Offset of the number of the member that is set, of a oneof.
    var caseOffset: Int { Int(descriptor.pointee.quantifier_offset) }

    /// Schema of a field that is a message.
    var message: MessageSchema {
        guard let pointer = descriptor.pointee.descriptor, descriptor.pointee.type == PROTOBUF_C_TYPE_MESSAGE else {
            preconditionFailure("\(name) is no message")
        }
        return MessageSchema(descriptor: pointer.assumingMemoryBound(to: ProtobufCMessageDescriptor.self))
    }

    /// Stops the program when Swift's type is not that of the proto: the offsets would be wrong.
    func check(_ kind: ScalarKind, repeated: Bool, oneof: Bool = false) {
        let type = descriptor.pointee.type
        let agrees =
            switch kind {
            case .int32: type == PROTOBUF_C_TYPE_INT32
            case .int64: type == PROTOBUF_C_TYPE_INT64
            case .uint32: type == PROTOBUF_C_TYPE_UINT32
            case .uint64: type == PROTOBUF_C_TYPE_UINT64
            case .float: type == PROTOBUF_C_TYPE_FLOAT
            case .double: type == PROTOBUF_C_TYPE_DOUBLE
            case .bool: type == PROTOBUF_C_TYPE_BOOL
            case .string, .bytes: type == PROTOBUF_C_TYPE_BYTES
            case .enumeration: type == PROTOBUF_C_TYPE_ENUM
            }
        precondition(
            agrees && repeated == isRepeated && oneof == isOneofMember, "\(name) is not of the type that Swift says")
    }
}

import CProtobuf

/// The names of a message's fields in JSON.
struct FieldNames: Sendable {
    /// Field number for each accepted key: the lowerCamelCase name and the name of the proto.
    private(set) var numbers: [String: Int] = [:]
    /// The key written for each field number.
    private(set) var keys: [Int: String] = [:]

    /// The names of every message, by full name.
    static let all: [String: FieldNames] = MessageSchema.all.mapValues(FieldNames.init)

    static func of<M: Message>(_ type: M.Type) -> FieldNames {
        guard let names = all[type.fullName] else { preconditionFailure("no descriptor for \(type.fullName)") }
        return names
    }

    private init(_ schema: MessageSchema) {
        for field in schema.fields {
            let key = Self.lowerCamelCase(field.name)
            keys[field.number] = key
            numbers[field.name] = field.number
            numbers[key] = field.number
        }
    }

    /// The rule of protoc: underscores go, the letter after one becomes a capital.
    static func lowerCamelCase(_ name: String) -> String {
        var result = ""
        var capital = false
        for character in name {
            if character == "_" {
                capital = true
            } else {
                result += capital ? character.uppercased() : String(character)
                capital = false
            }
        }
        return result
    }
}

extension FieldSchema {
    private var enumeration: UnsafePointer<ProtobufCEnumDescriptor> {
        guard let pointer = descriptor.pointee.descriptor, descriptor.pointee.type == PROTOBUF_C_TYPE_ENUM else {
            preconditionFailure("\(name) is no enum")
        }
        return pointer.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
    }

    /// Name of an enum field's value; `nil` for a number that the proto does not have.
    func enumName(_ value: Int32) -> String? {
        protobuf_c_enum_descriptor_get_value(enumeration, value).map { String(cString: $0.pointee.name) }
    }

    /// Number of an enum field's value.
    func enumValue(_ name: String) -> Int32? {
        guard !name.utf8.contains(0) else { return nil }  // would end the C string early
        return protobuf_c_enum_descriptor_get_value_by_name(enumeration, name)?.pointee.value
    }
}

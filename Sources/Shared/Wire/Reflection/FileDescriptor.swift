package import Foundation

/// One proto file as compiled into the program.
package struct FileDescriptor: Sendable {
    /// An extension that a file declares.
    package struct Extension: Sendable, Hashable {
        /// Full name of the extended message.
        package let containingType: String
        package let number: Int32
    }

    /// As others import it: `hilum/v1/common.proto`.
    package let name: String
    /// Names of the files it imports.
    package let dependencies: [String]
    /// Full names of all that it declares: messages, their fields, enums, their values, services, their methods.
    package private(set) var symbols: Set<String> = []
    /// Full names of its messages.
    package private(set) var messages: Set<String> = []
    package private(set) var extensions: Set<Extension> = []
    /// The file as a `google.protobuf.FileDescriptorProto`.
    package let serialized: Data

    /// - Parameter bytes: a `google.protobuf.FileDescriptorProto`. The numbers are those of
    ///   google/protobuf/descriptor.proto.
    init(_ bytes: Data) {
        let fields = DescriptorFields(bytes)
        serialized = bytes
        name = fields.text(1)
        dependencies = fields.texts(3)
        let package = fields.text(2)
        for message in fields.messages(4) { add(message: message, in: package) }
        for enumeration in fields.messages(5) { add(enumeration: enumeration, in: package) }
        for service in fields.messages(6) {
            let name = add(service, in: package)
            for method in service.messages(2) { add(method, in: name) }
        }
        for field in fields.messages(7) { add(extension: field, in: package) }
    }

    private mutating func add(message: DescriptorFields, in scope: String) {
        let name = add(message, in: scope)
        messages.insert(name)
        for field in message.messages(2) { add(field, in: name) }
        for nested in message.messages(3) { add(message: nested, in: name) }
        for enumeration in message.messages(4) { add(enumeration: enumeration, in: name) }
        for field in message.messages(6) { add(extension: field, in: name) }
        for oneof in message.messages(8) { add(oneof, in: name) }
    }

    /// The values of an enum are named as if they stood beside it.
    private mutating func add(enumeration: DescriptorFields, in scope: String) {
        add(enumeration, in: scope)
        for value in enumeration.messages(2) { add(value, in: scope) }
    }

    private mutating func add(extension field: DescriptorFields, in scope: String) {
        add(field, in: scope)
        let extended = field.text(2).drop { $0 == "." }
        extensions.insert(Extension(containingType: String(extended), number: Int32(clamping: field.number(3))))
    }

    /// Adds the full name of what has its own name in field 1, and gives it.
    @discardableResult
    private mutating func add(_ named: DescriptorFields, in scope: String) -> String {
        let name = scope.isEmpty ? named.text(1) : "\(scope).\(named.text(1))"
        symbols.insert(name)
        return name
    }
}

/// The fields of a descriptor, which is part of the program and therefore well-formed: integers and lengths alone.
struct DescriptorFields {
    private var integers: [Int: UInt64] = [:]
    private var contents: [Int: [Data]] = [:]

    init(_ bytes: Data) {
        var rest = bytes
        while !rest.isEmpty {
            let key = Self.varint(&rest)
            let number = Int(key >> 3)
            if key & 7 == 0 {
                integers[number] = Self.varint(&rest)
            } else {
                precondition(key & 7 == 2, "a descriptor has integers and lengths alone")
                let count = Int(Self.varint(&rest))
                contents[number, default: []].append(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
        }
    }

    private static func varint(_ bytes: inout Data) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = bytes.popFirst() {
            value |= UInt64(byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 { break }
        }
        return value
    }

    func number(_ field: Int) -> Int { Int(truncatingIfNeeded: integers[field] ?? 0) }
    func text(_ field: Int) -> String { texts(field).first ?? "" }
    func texts(_ field: Int) -> [String] { bytes(field).map { String(decoding: $0, as: UTF8.self) } }
    func messages(_ field: Int) -> [DescriptorFields] { bytes(field).map(DescriptorFields.init) }
    func bytes(_ field: Int) -> [Data] { contents[field] ?? [] }
}

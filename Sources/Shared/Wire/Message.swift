/// A protobuf message as a Swift value.
///
/// A conforming type states its full name and lists its fields once, in `visitFields`; reading and writing of both
/// forms follow from that and from the descriptors that protoc-c generated.
package protocol Message: Sendable, Equatable {
    /// The message with every field at its default.
    init()

    /// Full name in the proto files, for example `"hilum.v1.ClassifyRequest"`.
    static var fullName: String { get }

    /// Hands every field, with its number, to `visitor`.
    mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError)
}

/// An open protobuf enum: values that this version does not know are kept.
package protocol WireEnum: Scalar, Hashable {
    init(rawValue: Int32)
    var rawValue: Int32 { get }
}

/// What a method promises about being called again (`idempotency_level`).
package enum Idempotency: Sendable {
    case unknown, noSideEffects, idempotent
}

/// One method of a service with the types of its messages.
package struct MethodDescriptor<Request: Message, Response: Message>: Sendable {
    /// Which sides may send more than one message.
    package enum Shape: Sendable {
        case unary, clientStreaming, serverStreaming, bidirectional
    }

    /// Full name of the service, for example `"hilum.v1.ClassifierService"`.
    package let service: String
    /// Name within the service, for example `"Classify"`.
    package let name: String
    package let shape: Shape
    package let idempotency: Idempotency

    package init(service: String, name: String, shape: Shape, idempotency: Idempotency) {
        self.service = service
        self.name = name
        self.shape = shape
        self.idempotency = idempotency
    }

    /// Path of its calls in gRPC and Connect, for example `"/hilum.v1.ClassifierService/Classify"`.
    package var path: String { "/\(service)/\(name)" }
}

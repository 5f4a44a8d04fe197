package import Foundation

// The messages and methods of proto/grpc/reflection: the same in two packages.

/// A package of the reflection service.
package protocol ReflectionVersion: Sendable {
    static var package: String { get }
}

/// `grpc.reflection.v1`.
package enum ReflectionV1: ReflectionVersion {
    package static let package = "grpc.reflection.v1"
}

/// `grpc.reflection.v1alpha`, which many tools still ask for.
package enum ReflectionV1Alpha: ReflectionVersion {
    package static let package = "grpc.reflection.v1alpha"
}

/// One question.
package struct ServerReflectionRequest<Version: ReflectionVersion>: Message {
    package static var fullName: String { Version.package + ".ServerReflectionRequest" }

    /// What is asked.
    package enum Question: Sendable, Equatable {
        /// The file of this name.
        case fileByFilename(String)
        /// The file that declares this full name.
        case fileContainingSymbol(String)
        /// The file that declares this extension.
        case fileContainingExtension(ExtensionRequest<Version>)
        /// The numbers of all extensions of the message of this full name.
        case allExtensionNumbersOfType(String)
        /// The services; the text says nothing.
        case listServices(String)
    }

    /// The host the caller meant.
    package var host: String
    /// What is asked; nil when nothing is.
    package var question: Question?

    /// A message with the given fields; the others have their defaults.
    package init(host: String = "", question: Question?) {
        self.host = host
        self.question = question
    }

    package init() {
        self.init(question: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &host)
        var (filename, symbol, extension_, type, services) = members
        try visitor.field(3, &filename)
        try visitor.field(4, &symbol)
        try visitor.field(5, &extension_)
        try visitor.field(6, &type)
        try visitor.field(7, &services)
        question =
            filename.map(Question.fileByFilename) ?? symbol.map(Question.fileContainingSymbol)
            ?? extension_.map(Question.fileContainingExtension) ?? type.map(Question.allExtensionNumbersOfType)
            ?? services.map(Question.listServices)
    }

    /// Each member of the oneof; all but the one that is set are `nil`.
    private var members: (String?, String?, ExtensionRequest<Version>?, String?, String?) {
        switch question {
        case .fileByFilename(let value): (value, nil, nil, nil, nil)
        case .fileContainingSymbol(let value): (nil, value, nil, nil, nil)
        case .fileContainingExtension(let value): (nil, nil, value, nil, nil)
        case .allExtensionNumbersOfType(let value): (nil, nil, nil, value, nil)
        case .listServices(let value): (nil, nil, nil, nil, value)
        case nil: (nil, nil, nil, nil, nil)
        }
    }
}

/// Names an extension.
package struct ExtensionRequest<Version: ReflectionVersion>: Message {
    package static var fullName: String { Version.package + ".ExtensionRequest" }

    /// Full name of the extended message.
    package var containingType = ""
    /// Number of the extension.
    package var extensionNumber: Int32 = 0

    package init() {}

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &containingType)
        try visitor.field(2, &extensionNumber)
    }
}

/// One answer.
package struct ServerReflectionResponse<Version: ReflectionVersion>: Message {
    package static var fullName: String { Version.package + ".ServerReflectionResponse" }

    /// What is answered.
    package enum Answer: Sendable, Equatable {
        /// The file asked for, and those that it needs.
        case fileDescriptor(FileDescriptorResponse<Version>)
        /// Numbers of extensions.
        case allExtensionNumbers(ExtensionNumberResponse<Version>)
        /// The services.
        case listServices(ListServiceResponse<Version>)
        /// There is no answer.
        case error(ErrorResponse<Version>)
    }

    /// The host of the question.
    package var validHost: String
    /// The question.
    package var originalRequest: ServerReflectionRequest<Version>?
    /// What is answered.
    package var answer: Answer?

    /// A message with the given fields; the others have their defaults.
    package init(validHost: String, originalRequest: ServerReflectionRequest<Version>?, answer: Answer?) {
        self.validHost = validHost
        self.originalRequest = originalRequest
        self.answer = answer
    }

    package init() {
        self.init(validHost: "", originalRequest: nil, answer: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &validHost)
        try visitor.field(2, &originalRequest)
        var (files, numbers, services, error) = members
        try visitor.field(4, &files)
        try visitor.field(5, &numbers)
        try visitor.field(6, &services)
        try visitor.field(7, &error)
        answer =
            files.map(Answer.fileDescriptor) ?? numbers.map(Answer.allExtensionNumbers)
            ?? services.map(Answer.listServices) ?? error.map(Answer.error)
    }

    /// Each member of the oneof; all but the one that is set are `nil`.
    private var members:
        (
            FileDescriptorResponse<Version>?, ExtensionNumberResponse<Version>?, ListServiceResponse<Version>?,
            ErrorResponse<Version>?
        )
    {
        switch answer {
        case .fileDescriptor(let value): (value, nil, nil, nil)
        case .allExtensionNumbers(let value): (nil, value, nil, nil)
        case .listServices(let value): (nil, nil, value, nil)
        case .error(let value): (nil, nil, nil, value)
        case nil: (nil, nil, nil, nil)
        }
    }
}

/// Files.
package struct FileDescriptorResponse<Version: ReflectionVersion>: Message {
    package static var fullName: String { Version.package + ".FileDescriptorResponse" }

    /// Each a `google.protobuf.FileDescriptorProto`.
    package var fileDescriptorProto: [Data]

    /// A message with the given fields; the others have their defaults.
    package init(fileDescriptorProto: [Data]) {
        self.fileDescriptorProto = fileDescriptorProto
    }

    package init() {
        self.init(fileDescriptorProto: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &fileDescriptorProto)
    }
}

/// Numbers of extensions.
package struct ExtensionNumberResponse<Version: ReflectionVersion>: Message {
    package static var fullName: String { Version.package + ".ExtensionNumberResponse" }

    /// Full name of the extended message.
    package var baseTypeName: String
    /// The numbers.
    package var extensionNumber: [Int32]

    /// A message with the given fields; the others have their defaults.
    package init(baseTypeName: String, extensionNumber: [Int32]) {
        self.baseTypeName = baseTypeName
        self.extensionNumber = extensionNumber
    }

    package init() {
        self.init(baseTypeName: "", extensionNumber: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &baseTypeName)
        try visitor.field(2, &extensionNumber)
    }
}

/// Services.
package struct ListServiceResponse<Version: ReflectionVersion>: Message {
    package static var fullName: String { Version.package + ".ListServiceResponse" }

    /// Every service.
    package var service: [ServiceResponse<Version>]

    /// A message with the given fields; the others have their defaults.
    package init(service: [ServiceResponse<Version>]) {
        self.service = service
    }

    package init() {
        self.init(service: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &service)
    }
}

/// One service.
package struct ServiceResponse<Version: ReflectionVersion>: Message {
    package static var fullName: String { Version.package + ".ServiceResponse" }

    /// Its full name.
    package var name: String

    /// A message with the given fields; the others have their defaults.
    package init(name: String) {
        self.name = name
    }

    package init() {
        self.init(name: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &name)
    }
}

/// Why there is no answer.
package struct ErrorResponse<Version: ReflectionVersion>: Message {
    package static var fullName: String { Version.package + ".ErrorResponse" }

    /// A status code of gRPC.
    package var errorCode: Int32
    /// For people.
    package var errorMessage: String

    /// A message with the given fields; the others have their defaults.
    package init(errorCode: Int32, errorMessage: String) {
        self.errorCode = errorCode
        self.errorMessage = errorMessage
    }

    package init() {
        self.init(errorCode: 0, errorMessage: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &errorCode)
        try visitor.field(2, &errorMessage)
    }
}

/// Tells clients without our proto files what can be called.
package enum ReflectionMethods<Version: ReflectionVersion> {
    /// Full name of the service.
    package static var service: String { Version.package + ".ServerReflection" }
    /// Answers each request with one answer.
    package static var serverReflectionInfo:
        MethodDescriptor<ServerReflectionRequest<Version>, ServerReflectionResponse<Version>>
    {
        MethodDescriptor(
            service: service, name: "ServerReflectionInfo", shape: .bidirectional, idempotency: .unknown)
    }
}

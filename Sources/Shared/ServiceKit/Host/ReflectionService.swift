import RPC
import Wire

/// `grpc.reflection.v1.ServerReflection` and its older package: tells generic clients which services there are and
/// gives them the proto files of these.
struct ReflectionService: Sendable {
    private let services: [String]
    private let files: FileDescriptors

    /// - Parameter services: full names; what they do not need is not shown.
    init(services: some Sequence<String>) {
        self.services = services.sorted()
        files = .all.declaring(services)
    }

    func register(in router: inout RPCRouter) {
        register(ReflectionV1.self, in: &router)
        register(ReflectionV1Alpha.self, in: &router)
    }

    private func register<Version: ReflectionVersion>(_ version: Version.Type, in router: inout RPCRouter) {
        router.bidirectional(ReflectionMethods<Version>.serverReflectionInfo) { requests, _ in
            requests.map { request in
                ServerReflectionResponse(validHost: request.host, originalRequest: request, answer: answer(to: request))
            }
        }
    }

    private func answer<Version>(
        to request: ServerReflectionRequest<Version>
    ) -> ServerReflectionResponse<Version>.Answer {
        switch request.question {
        case .fileByFilename(let name): Self.answer(files.file(named: name), "file")
        case .fileContainingSymbol(let symbol): Self.answer(files.file(declaring: symbol), "symbol")
        case .fileContainingExtension(let wanted):
            Self.answer(files.file(extending: wanted.containingType, number: wanted.extensionNumber), "extension")
        case .allExtensionNumbersOfType(let type):
            if let numbers = files.extensionNumbers(of: type) {
                .allExtensionNumbers(ExtensionNumberResponse(baseTypeName: type, extensionNumber: numbers))
            } else {
                Self.error(.notFound, "there is no such message")
            }
        case .listServices: .listServices(ListServiceResponse(service: services.map { ServiceResponse(name: $0) }))
        case nil: Self.error(.invalidArgument, "the request asks nothing")
        }
    }

    private static func answer<Version>(
        _ files: [FileDescriptor]?, _ kind: String
    ) -> ServerReflectionResponse<Version>.Answer {
        guard let files else { return error(.notFound, "there is no such \(kind)") }
        return .fileDescriptor(FileDescriptorResponse(fileDescriptorProto: files.map(\.serialized)))
    }

    private static func error<Version>(
        _ code: RPCStatus.Code, _ message: String
    ) -> ServerReflectionResponse<Version>.Answer {
        .error(ErrorResponse(errorCode: Int32(code.rawValue), errorMessage: message))
    }
}

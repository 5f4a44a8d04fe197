import RPC
import ServiceKit
import Testing
import Wire

/// Health and reflection, called in process.
@Suite(.timeLimit(.minutes(1))) struct StandardServicesTests {
    private let health = Health()
    private let transport: InProcessTransport

    init() {
        var router = RPCRouter()
        router.unary(ClassifierServiceMethods.listModels) { _, _ in ListModelsResponse() }
        StandardServices.register(in: &router, health: health)
        transport = InProcessTransport(router)
    }

    private func check(_ service: String) async throws -> HealthCheckResponse.ServingStatus {
        try await transport.unary(HealthMethods.check, HealthCheckRequest(service: service)).status
    }

    private func watch(_ service: String) async throws -> InProcessTransport.Answers<HealthCheckResponse> {
        try await transport.streaming(HealthMethods.watch, one(HealthCheckRequest(service: service)))
    }

    private func one<M: Message>(_ message: M) -> AsyncStream<M> {
        AsyncStream { continuation in
            continuation.yield(message)
            continuation.finish()
        }
    }

    @Test(arguments: ["", "hilum.v1.ClassifierService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"])
    func `Check gives every service the program's state`(service: String) async throws {
        #expect(try await check(service) == .notServing)
        health.set(.ready)
        #expect(try await check(service) == .serving)
        health.set(.draining)
        #expect(try await check(service) == .notServing)
    }

    @Test func `Check of another service is NOT_FOUND and List names all that there are`() async throws {
        let error = await #expect(throws: RPCStatus.self) { try await check("no.Such") }
        #expect(error?.code == .notFound)
        let statuses = try await transport.unary(HealthMethods.list, HealthListRequest()).statuses
        #expect(
            statuses.keys.sorted() == [
                "", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection", "hilum.v1.ClassifierService",
            ])
        #expect(statuses.values.allSatisfy { $0.status == .notServing })
    }

    @Test func `Watch tells the state at once and each change, not the reasons, and ends with draining`() async throws {
        var seen: [HealthCheckResponse.ServingStatus] = []
        for try await answer in try await watch("") {
            seen.append(answer.status)
            switch seen.count {
            case 1:
                health.set(.notReady(reason: "another"))
                health.set(.ready)
            case 2: health.set(.notReady(reason: "no model"))
            case 3: health.set(.ready)
            default: health.set(.draining)
            }
        }
        #expect(seen == [.notServing, .serving, .notServing, .serving, .notServing])
    }

    @Test func `Watch of another service says so once and stays until draining`() async throws {
        var seen: [HealthCheckResponse.ServingStatus] = []
        for try await answer in try await watch("no.Such") {
            seen.append(answer.status)
            health.set(.ready)
            health.set(.draining)
        }
        #expect(seen == [.serviceUnknown])
    }

    private func ask<V: ReflectionVersion>(
        _ version: V.Type, _ question: ServerReflectionRequest<V>.Question?
    ) async throws -> ServerReflectionResponse<V> {
        let request = ServerReflectionRequest<V>(host: "here", question: question)
        let answers = try await transport.streaming(ReflectionMethods<V>.serverReflectionInfo, one(request))
        var found: [ServerReflectionResponse<V>] = []
        for try await answer in answers { found.append(answer) }
        #expect(found.count == 1 && found[0].validHost == "here" && found[0].originalRequest == request)
        return try #require(found.first)
    }

    @Test func `both reflection packages list the services and give their files`() async throws {
        try await expectReflection(ReflectionV1.self)
        try await expectReflection(ReflectionV1Alpha.self)
    }

    private func expectReflection<V: ReflectionVersion>(_ version: V.Type) async throws {
        guard case .listServices(let list) = try await ask(V.self, .listServices("")).answer else {
            return #expect(Bool(false), "no list")
        }
        #expect(list.service.map(\.name).contains("hilum.v1.ClassifierService"))
        #expect(list.service.map(\.name) == list.service.map(\.name).sorted())
        for question: ServerReflectionRequest<V>.Question in [
            .fileByFilename("hilum/v1/classifier.proto"), .fileContainingSymbol("hilum.v1.ClassifierService.Classify"),
        ] {
            guard case .fileDescriptor(let files) = try await ask(V.self, question).answer else {
                return #expect(Bool(false), "no file")
            }
            #expect(files.fileDescriptorProto.count == 2)  // with common.proto
        }
        for question: ServerReflectionRequest<V>.Question in [
            .fileByFilename("hilum/v1/triage.proto"), .fileContainingSymbol("no.Such"),
            .fileContainingExtension(ExtensionRequest()), .allExtensionNumbersOfType("no.Such"),
        ] {
            guard case .error(let error) = try await ask(V.self, question).answer else {
                return #expect(Bool(false), "no error")
            }
            #expect(error.errorCode == 5 && !error.errorMessage.isEmpty)
        }
        guard case .error(let error) = try await ask(V.self, nil).answer else {
            return #expect(Bool(false), "no error")
        }
        #expect(error.errorCode == 3)
    }
}

import Testing
import Wire

@Suite struct FileDescriptorsTests {
    @Test func `every proto file is here, with all that it imports`() throws {
        let files = FileDescriptors.all
        #expect(files.names.contains("hilum/v1/triage.proto") && files.names.contains("grpc/health/v1/health.proto"))
        for name in files.names {
            let closure = try #require(files.file(named: name))
            #expect(closure.first?.name == name)
            let names = Set(closure.map(\.name))
            #expect(names.count == closure.count)
            #expect(closure.allSatisfy { names.isSuperset(of: $0.dependencies) })
        }
    }

    @Test func `every message that Swift knows is declared by a file`() {
        for name in MessageCatalog.names {
            #expect(FileDescriptors.all.file(declaring: name) != nil, "\(name)")
        }
    }

    @Test(arguments: [
        "grpc.health.v1.Health", "grpc.health.v1.Health.Check", "grpc.health.v1.HealthCheckResponse",
        "grpc.health.v1.HealthCheckResponse.status", "grpc.health.v1.HealthCheckResponse.ServingStatus",
        "grpc.health.v1.HealthCheckResponse.SERVING",
    ])
    func `full names of every kind are found`(symbol: String) {
        #expect(FileDescriptors.all.file(declaring: symbol)?.first?.name == "grpc/health/v1/health.proto")
    }

    @Test func `a selection has what it needs and nothing else`() {
        let files = FileDescriptors.all.declaring(["hilum.v1.PlanningService", "no.Such"])
        #expect(
            files.file(named: "hilum/v1/planning.proto") != nil && files.file(named: "hilum/v1/common.proto") != nil)
        #expect(files.file(named: "hilum/v1/triage.proto") == nil)
        #expect(files.file(declaring: "hilum.v1.TriageService") == nil)
    }

    @Test func `extensions are told by their message`() {
        #expect(FileDescriptors.all.extensionNumbers(of: "hilum.v1.Finding") == [])
        #expect(FileDescriptors.all.extensionNumbers(of: "no.Such") == nil)
        #expect(FileDescriptors.all.file(extending: "hilum.v1.Finding", number: 7) == nil)
    }
}

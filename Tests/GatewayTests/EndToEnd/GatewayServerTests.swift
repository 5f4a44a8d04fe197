import Foundation
import Gateway
import RPC
import ServiceKit
import Testing
import Wire

/// A whole gateway on a port, with stub backends on ports.
@Suite struct GatewayServerTests {
    private struct Running {
        let host: ServiceHost
        let client: RPCClient
    }

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func start(classifier: [String] = [], planning: [String] = []) async throws -> Running {
        var configuration = GatewayConfiguration()
        configuration.server.port = 0
        configuration.server.grace = .zero
        configuration.dataDirectory = directory.path + "/data"
        configuration.classifier = classifier
        configuration.planning = planning
        configuration.quietPeriod = .milliseconds(200)
        configuration.retryFirst = .milliseconds(20)
        configuration.retryLongest = .milliseconds(100)
        let context = ServiceContext(logger: Logger(service: "test", sink: { _ in }))
        let host = ServiceHost(
            service: try GatewayService(configuration, context: context), options: configuration.server,
            context: context)
        return Running(host: host, client: RPCClient(address: "http://127.0.0.1:\(try await host.start())"))
    }

    private func study(_ uid: String, _ client: RPCClient) async throws -> Study {
        let request = GetStudyRequest(studyInstanceUID: uid)
        return try await client.unary(TriageServiceMethods.getStudy, request).study ?? Study()
    }

    @Test func `a radiograph and a series go out, come back and lie in the worklist`() async throws {
        let classifier = try await StubServer(StubBackend(.answers(flagged: ["dense_aorta"])))
        let planning = try await StubServer(StubBackend())
        let gateway = try await start(classifier: [classifier.address], planning: [planning.address])
        let instances = [
            try SampleInstance.radiograph("1.1", study: "2.1"), try SampleInstance.slice("1.2", study: "2.2"),
            try SampleInstance.slice("1.3", study: "2.2"),
        ]
        let answer = try await gateway.client.unary(
            TriageServiceMethods.submit, SubmitRequest(instances: instances, requestID: "r"))
        #expect(answer.results.map(\.accepted) == [true, true, true])
        #expect(answer.requestID == "r")
        try await eventually {
            let worklist = try await gateway.client.unary(TriageServiceMethods.listWorklist, ListWorklistRequest())
            return worklist.entries.map(\.study?.state) == [.complete, .complete]
        }
        let worklist = try await gateway.client.unary(TriageServiceMethods.listWorklist, ListWorklistRequest())
        #expect(worklist.entries.map(\.study?.studyInstanceUID) == ["2.1", "2.2"])
        #expect(worklist.entries.map(\.study?.flaggedFindings) == [["dense_aorta"], []])
        #expect(try await study("2.2", gateway.client).plans.count == 1)
        #expect(planning.backend.planned == [Array(instances.dropFirst())])
        await gateway.host.stop()
        await classifier.stop()
        await planning.stop()
    }

    @Test func `a backend that is down and comes back answers what waited`() async throws {
        let first = try await StubServer(StubBackend())
        let port = first.port
        await first.stop()
        let gateway = try await start(classifier: [first.address])
        _ = try await gateway.client.unary(
            TriageServiceMethods.submit,
            SubmitRequest(instances: [try SampleInstance.radiograph("1.1")], expectedInstances: 1))
        try await eventually { try await study("1.2", gateway.client).reason.contains("UNAVAILABLE") }
        #expect(try await study("1.2", gateway.client).state == .pending)
        await #expect(throws: RPCStatus.self) {
            try await gateway.client.unary(ClassifierServiceMethods.classify, ClassifyRequest(image: Data([1])))
        }

        let second = try await StubServer(StubBackend(), port: port)
        try await eventually { try await study("1.2", gateway.client).state == .complete }
        #expect(second.backend.calls == 1)
        await gateway.host.stop()
        await second.stop()
    }

    @Test func `routed calls reach the services and bring their answers and errors back`() async throws {
        let classifier = try await StubServer(StubBackend(.answers(flagged: ["scoliosis"])))
        let planning = try await StubServer(
            StubBackend(.throwing(RPCStatus(.failedPrecondition, reason: "TOO_FEW_SLICES", "3 slices", limit: "6"))))
        let gateway = try await start(classifier: [classifier.address], planning: [planning.address])
        let findings = try await gateway.client.unary(
            ClassifierServiceMethods.classify, ClassifyRequest(image: Data([1, 2]), requestID: "r"))
        #expect(findings.findings.map(\.code) == ["scoliosis"])
        #expect(findings.requestID == "r")
        #expect(classifier.backend.classified == [Data([1, 2]): 1])
        do throws(RPCStatus) {
            _ = try await gateway.client.unary(PlanningServiceMethods.planViews, PlanViewsRequest())
            Issue.record("no error")
        } catch {
            #expect(error.code == .failedPrecondition)
            #expect(error.errorInfo?.reason == "TOO_FEW_SLICES")
            #expect(error.errorInfo?.limit == "6")
        }
        await gateway.host.stop()
        await classifier.stop()
        await planning.stop()
    }

    @Test func `a wrong call says so, and the next call works`() async throws {
        let gateway = try await start()
        do throws(RPCStatus) {
            _ = try await gateway.client.unary(TriageServiceMethods.reviewStudy, ReviewStudyRequest())
            Issue.record("no error")
        } catch {
            #expect(error.code == .invalidArgument)
        }
        let worklist = try await gateway.client.unary(TriageServiceMethods.listWorklist, ListWorklistRequest())
        #expect(worklist.entries.isEmpty)
        await gateway.host.stop()
    }

    @Test func `a second gateway on the same data is refused`() async throws {
        let gateway = try await start()
        await #expect(throws: StorageError.inUse) { try await start() }
        await gateway.host.stop()
    }
}

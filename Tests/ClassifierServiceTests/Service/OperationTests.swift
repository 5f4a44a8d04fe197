import ClassifierService
import Foundation
import HTTP
import RPC
import ServiceKit
import Testing
import Wire

@Suite(.timeLimit(.minutes(5))) struct OperationTests {
    @Test func `a ready service says so over HTTP and by the health service of gRPC`() async throws {
        try await RunningService.run { _ in
        } _: { service in
            #expect(try await service.get("/healthz/ready") == (200, "ready\n"))
            for name in ["", "hilum.v1.ClassifierService"] {
                let answer = try await service.client.unary(HealthMethods.check, HealthCheckRequest(service: name))
                #expect(answer.status == .serving)
            }
            let status = try await #require(throws: RPCStatus.self) {
                try await service.client.unary(HealthMethods.check, HealthCheckRequest(service: "hilum.v1.Other"))
            }
            #expect(status.code == .notFound)
        }
    }

    @Test func `metrics count calls, stages, findings and failed gates`() async throws {
        try await RunningService.run { _ in
        } _: { service in
            let image = try SampleImages.png(SampleImages.chest())
            _ = try await service.classify(ClassifyRequest(image: image))
            let blank = try SampleImages.png(.drawn(600, 600) { _, _ in 0 })
            _ = try await service.classify(ClassifyRequest(image: blank))
            _ = try? await service.classify(ClassifyRequest())
            let text = try await service.get("/metrics").text
            let method = "method=\"hilum.v1.ClassifierService/Classify\""
            for line in [
                "hilum_rpc_calls_total{\(method),code=\"ok\"} 2",
                "hilum_rpc_calls_total{\(method),code=\"invalid_argument\"} 1",
                "hilum_rpc_call_seconds_count{\(method)} 3",
                "hilum_classifier_stage_seconds_count{stage=\"inference\"} 2",
                "hilum_classifier_failed_gates_total{gate=\"blank\"} 1",
                "hilum_queue_waiting_requests 0",
            ] {
                #expect(text.contains(line), "\(line)")
            }
        }
    }

    @Test func `each call is logged once with method, code and duration, and nothing of the image`() async throws {
        try await RunningService.run { _ in
        } _: { service in
            let image = try SampleImages.dicom(SampleImages.chest())
            _ = try await service.classify(ClassifyRequest(image: image, requestID: "secret-request"))
            _ = try? await service.classify(ClassifyRequest())
            let calls = service.log.all.filter { $0.contains("\"call ended\"") && $0.contains("Classify") }
            #expect(calls.count == 2)
            #expect(calls.first?.contains("\"rpc.code\":\"ok\"") == true)
            #expect(calls.first?.contains("\"duration_ms\":") == true)
            #expect(calls.last?.contains("\"error.reason\":\"EMPTY_IMAGE\"") == true)
            #expect(
                service.log.all.allSatisfy { !$0.contains("Doe") && !$0.contains("2.25.1") && !$0.contains("secret") })
        }
    }

    @Test func `a stopped service answers what it had taken and then closes`() async throws {
        let service = try await RunningService()
        let image = try SampleImages.png(SampleImages.chest(side: 1500))
        let call = Task { try await service.classify(ClassifyRequest(image: image)) }
        while try await !service.get("/metrics").text.contains("hilum_queue_running_requests 1") {
            if call.isCancelled { break }
            await Task.yield()
        }
        await service.host.stop()
        #expect(try await call.value.findings.count == 9)
        await #expect(throws: (any Error).self) { try await service.get("/healthz/live") }
    }

    @Test func `the port is written where asked`() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "port")
        try await RunningService.run {
            $0.server.portFile = file.path
        } _: { service in
            let port = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(service.address == "http://127.0.0.1:\(port)")
        }
    }
}

import Foundation
import HTTP
import RPC
import ServiceKit
import Testing
import Wire

/// Answers one path of its own, to see that the host asks the service last.
private struct Sample: Service {
    let state: Health.State

    func register(in router: inout RPCRouter) {
        router.unary(ClassifierServiceMethods.listModels) { _, _ in ListModelsResponse() }
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse? {
        request.path == "/own" ? .text(200, "own") : nil
    }

    var accessTable: AccessTable { .hilum.adding(routes: [AccessRoute("GET", "/own", .anyCaller)]) }

    func prepare() async throws -> Health.State { state }
}

private struct Fixture {
    let context = ServiceContext(logger: Logger(service: "sample", sink: { _ in }))
    let host: ServiceHost

    init() {
        host = ServiceHost(service: Sample(state: .ready), options: ServerOptions(port: 0), context: context)
    }

    func get(_ path: String, method: String = "GET") async throws -> (status: Int, text: String) {
        let response = await host.respond(to: HTTPRequest(method: method, path: path))
        return (response.status, String(decoding: try await response.body.collect(limit: 1 << 20), as: UTF8.self))
    }
}

@Suite struct ServiceHostTests {
    @Test func `live is true from the start, ready follows the service's state`() async throws {
        let fixture = Fixture()
        #expect(try await fixture.get("/healthz/live").status == 200)
        #expect(try await fixture.get("/healthz/ready") == (503, "starting\n"))
        fixture.context.health.set(.notReady(reason: "no model"))
        #expect(try await fixture.get("/healthz/ready") == (503, "no model\n"))
        fixture.context.health.set(.ready)
        #expect(try await fixture.get("/healthz/ready") == (200, "ready\n"))
        fixture.context.health.set(.draining)
        fixture.context.health.set(.ready)
        #expect(try await fixture.get("/healthz/ready") == (503, "draining\n"))
    }

    @Test func `metrics are Prometheus text with requests by kind and status, never by path`() async throws {
        let fixture = Fixture()
        _ = try await fixture.get("/patients/Doe")
        let (status, text) = try await fixture.get("/metrics")
        #expect(status == 200)
        #expect(text.contains("hilum_http_requests_total{kind=\"unknown\",status=\"404\"} 1"))
        #expect(text.contains("# TYPE hilum_rpc_call_seconds histogram"))
        #expect(text.contains("process_resident_memory_bytes "))
        #expect(!text.contains("Doe"))
    }

    @Test func `own paths take GET and HEAD only`() async throws {
        let fixture = Fixture()
        #expect(try await fixture.get("/metrics", method: "POST").status == 405)
        let head = try await fixture.get("/healthz/live", method: "HEAD")
        #expect(head == (200, ""))
    }

    @Test func `the service is asked for other paths, and what nobody answers is not found`() async throws {
        let fixture = Fixture()
        #expect(try await fixture.get("/own") == (200, "own"))
        #expect(try await fixture.get("/nothing").status == 404)
    }
}

@Suite(.timeLimit(.minutes(1))) struct HealthTests {
    @Test func `a watcher sees the state now and the later ones, and its stream ends with draining`() async {
        let health = Health()
        var states: [Health.State] = []
        for await state in health.states() {
            states.append(state)
            health.set(states.count == 1 ? .ready : .draining)
        }
        #expect(states == [.notReady(reason: "starting"), .ready, .draining])
    }

    @Test func `a watcher that comes after draining sees it and ends`() async {
        let health = Health()
        health.set(.draining)
        var states: [Health.State] = []
        for await state in health.states() { states.append(state) }
        #expect(states == [.draining])
    }

    @Test func `watchers leave while others are told`() async {
        let health = Health()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<20_000 { health.set(round.isMultiple(of: 2) ? .ready : .notReady(reason: "test")) }
            }
            for _ in 0..<2_000 {
                let watcher = Task { for await _ in health.states() {} }
                await Task.yield()
                watcher.cancel()
                await watcher.value
            }
        }
    }
}

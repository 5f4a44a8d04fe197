import Foundation
import Gateway
import HTTP
import RPC
import ServiceKit
import Testing

@Suite struct RoutedServicesTests {
    @Test(arguments: ["ClassifierService", "PlanningService"])
    func `a service that cannot be reached is told from the gateway`(service: String) async throws {
        var router = RPCRouter()
        RoutedServices(
            classifier: StubBackend.pool(.classifier, []), planning: StubBackend.pool(.planning, []),
            admission: AdmissionQueue(concurrency: 1, queueLimit: 1)
        ).register(on: &router)
        let request = HTTPRequest(
            method: "POST", path: "/hilum.v1.\(service)/ListModels", fields: ["content-type": "application/json"],
            body: .data(Data("{}".utf8)))
        let response = try #require(await router.respond(to: request))
        #expect(response.status == 503)
        let text = String(decoding: try await response.body.collect(limit: 10_000), as: UTF8.self)
        #expect(text.contains("service cannot be reached"))
        #expect(text.contains("hilum.v1.ErrorInfo"))
    }
}

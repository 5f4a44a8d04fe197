import Gateway
import ServiceKit
import Testing

@Suite struct AccessRulesTests {
    @Test func `every method of the gateway states the role it needs`() throws {
        let directory = try TemporaryDirectory()
        var configuration = GatewayConfiguration()
        configuration.dataDirectory = directory.path
        let context = ServiceContext(logger: Logger(service: "test", sink: { _ in }))
        let host = ServiceHost(
            service: try GatewayService(configuration, context: context), options: configuration.server,
            context: context)
        #expect(host.methodsWithoutRule == [])
    }
}

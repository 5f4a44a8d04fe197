import PlanningService
import ServiceKit
import Testing

@Suite struct AccessRulesTests {
    @Test func `every method of the planning service states the role it needs`() {
        let context = ServiceContext(logger: Logger(service: "test", sink: { _ in }))
        let configuration = PlanningConfiguration()
        let host = ServiceHost(
            service: PlanningService(configuration, context), options: configuration.server, context: context)
        #expect(host.methodsWithoutRule == [])
    }
}

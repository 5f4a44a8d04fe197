import ClassifierService
import ServiceKit
import Testing

@Suite struct AccessRulesTests {
    @Test func `every method of the classifier states the role it needs`() {
        let context = ServiceContext(logger: Logger(service: "test", sink: { _ in }))
        let configuration = ClassifierConfiguration()
        let host = ServiceHost(
            service: ClassifierService(configuration, context), options: configuration.server, context: context)
        #expect(host.methodsWithoutRule == [])
    }
}

import ServiceKit

/// The server that foreign clients call in the tests, hosted as every program is.
@main
enum ConformanceServerMain {
    static func main() async {
        await ServiceProgram.run { @Sendable (configuration: ConformanceConfiguration, context) in
            ConformanceService(configuration, context)
        }
    }
}

struct ConformanceConfiguration: ServerConfiguration {
    var server = ServerOptions(port: 8090, maxConcurrency: 64)

    static let program = "conformance-server"
    static let summary = "answers the calls of the tests"
    static let environmentPrefix = "HILUM_CONFORMANCE_"
    static let fields: [ConfigurationField<ConformanceConfiguration>] = ServerOptions.fields(at: \.server)
}

import ServiceKit

@main
enum GatewayMain {
    static func main() async {
        await ServiceProgram.run { @Sendable (configuration: GatewayConfiguration, context) in
            try GatewayService(configuration, context: context)
        }
    }
}

import ServiceKit

@main
enum PlanningServiceMain {
    static func main() async {
        await ServiceProgram.run { @Sendable (configuration: PlanningConfiguration, context) in
            PlanningService(configuration, context)
        }
    }
}

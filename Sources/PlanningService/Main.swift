import ServiceKit

@main
enum PlanningServiceMain {
    static func main() async {
        shareFreedMemory()
        await ServiceProgram.run { @Sendable (configuration: PlanningConfiguration, context) in
            PlanningService(configuration, context)
        }
    }
}

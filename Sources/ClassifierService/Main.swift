import ServiceKit

@main
enum ClassifierServiceMain {
    static func main() async {
        shareFreedMemory()
        await ServiceProgram.run { (configuration: ClassifierConfiguration, context) in
            ClassifierService(configuration, context)
        }
    }
}

import Foundation

@main
enum HilumCLIMain {
    static func main() async {
        let code = await CommandLineInterface.run(Array(CommandLine.arguments.dropFirst()), .standard)
        exit(code.rawValue)
    }
}

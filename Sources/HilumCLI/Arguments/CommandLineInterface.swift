/// Finds the command that the arguments name, and runs it.
package enum CommandLineInterface {
    package static let commands: [any Command.Type] = [
        ClassifyCommand.self, PlanCommand.self, SubmitCommand.self, StudyCommand.self, WorklistCommand.self,
        RetryCommand.self, HealthCommand.self, DoctorCommand.self, DeidentifyCommand.self, ReidentifyCommand.self,
        TokenCommand.self, AuditCommand.self, UpCommand.self, DemoCommand.self, ModelCommand.self, BundleCommand.self,
        PreprocessCommand.self, EvaluateCommand.self, RouteCommand.self, EchoCommand.self, SendCommand.self,
    ]

    /// Runs one command line, without the program's name.
    package static func run(_ arguments: [String], _ console: Console) async -> ExitCode {
        guard let name = arguments.first, name != "--help", name != "help" else {
            console.print(help)
            return arguments.isEmpty ? .usage : .ok
        }
        guard let command = commands.first(where: { $0.name == name }) else {
            console.complain("unknown command \(name); `hilum help` lists them")
            return .usage
        }
        if arguments.contains("--help") {
            console.print(help(for: command))
            return .ok
        }
        do throws(UsageError) {
            return await run(
                try command.init(Arguments(Array(arguments.dropFirst()), options: command.options)), console)
        } catch {
            console.complain("\(name): \(error.message); see `hilum \(name) --help`")
            return .usage
        }
    }

    private static func run(_ command: some Command, _ console: Console) async -> ExitCode {
        do throws(Failure) {
            try await command.run(console)
            return .ok
        } catch {
            if !error.message.isEmpty { console.complain(error.message) }
            return error.exitCode
        }
    }

    static var help: String {
        let table = Table(rows: commands.map { ["  hilum \($0.name) \($0.operands)", $0.summary] })
        return """
            hilum: chest X-rays and cardiac MR scouts to Hilum's services, answers back

            \(table.text)

            `hilum COMMAND --help` explains a command. \(exitCodes)
            """
    }

    private static let exitCodes = """
        Exit codes: 0 done; 1 the server answered with an error or refused
        something; 2 wrong command line; 3 the server cannot be reached or did not answer in time; 4 a file cannot be
        read or written; 5 a service did not become ready; 6 the demo's answers do not agree with the truth.
        """

    static func help(for command: any Command.Type) -> String {
        let rows = command.options.map { ["  --\($0.name)" + ($0.value.map { " \($0)" } ?? ""), $0.help] }
        return """
            usage: hilum \(command.name) [OPTIONS] \(command.operands)
            \(command.summary)

            \(Table(rows: rows).text)
            """
    }
}

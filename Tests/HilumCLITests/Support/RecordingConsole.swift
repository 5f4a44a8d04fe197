import HilumCLI
import Synchronization

/// A console that keeps what is written.
final class RecordingConsole: Sendable {
    private let written = Mutex((output: "", errors: ""))

    var output: String { written.withLock { $0.output } }
    var errors: String { written.withLock { $0.errors } }

    var console: Console {
        Console(
            output: { text in self.written.withLock { $0.output += text } },
            errors: { text in self.written.withLock { $0.errors += text } })
    }

    /// Runs a command line and gives its exit code.
    func run(_ arguments: String...) async -> ExitCode {
        await CommandLineInterface.run(arguments, console)
    }
}

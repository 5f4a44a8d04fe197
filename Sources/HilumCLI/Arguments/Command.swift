/// One thing that `hilum` does.
package protocol Command: Sendable {
    static var name: String { get }
    /// Operands in the help text, for example `FILE…`.
    static var operands: String { get }
    /// One sentence.
    static var summary: String { get }
    static var options: [Option] { get }
    init(_ arguments: Arguments) throws(UsageError)
    func run(_ console: Console) async throws(Failure)
}

/// What `hilum` tells the shell.
package enum ExitCode: Int32, Sendable {
    /// Done.
    case ok = 0
    /// The server answered with an error, or refused something.
    case refused = 1
    /// The command line is wrong.
    case usage = 2
    /// The server cannot be reached, or did not answer in time.
    case unreachable = 3
    /// A file cannot be read or written.
    case file = 4
    /// `up` or `demo`: a service did not become ready.
    case notReady = 5
    /// `demo --once`: an answer is missing or does not agree with the truth.
    case disagreement = 6
}

/// Why a command ends early: one line for people, one number for the shell.
package struct Failure: Error, Equatable, Sendable {
    package let exitCode: ExitCode
    /// Without a full stop; empty when all has been said.
    package let message: String

    package init(_ exitCode: ExitCode, _ message: String = "") {
        self.exitCode = exitCode
        self.message = message
    }
}

import Foundation

/// Where a command writes: answers to standard output, everything else to standard error.
package struct Console: Sendable {
    private let output: @Sendable (String) -> Void
    private let errors: @Sendable (String) -> Void
    /// True when a person watches standard error, so that progress may be shown.
    package let showsProgress: Bool

    package init(
        output: @escaping @Sendable (String) -> Void, errors: @escaping @Sendable (String) -> Void,
        showsProgress: Bool = false
    ) {
        self.output = output
        self.errors = errors
        self.showsProgress = showsProgress
    }

    /// The process's own streams.
    package static let standard = Console(
        output: { FileHandle.standardOutput.write(Data($0.utf8)) },
        errors: { FileHandle.standardError.write(Data($0.utf8)) },
        showsProgress: isatty(STDERR_FILENO) == 1)

    /// A line of the answer.
    package func print(_ text: String = "") { output(text + "\n") }

    /// A line about what is being done.
    package func note(_ text: String) { errors(text + "\n") }

    /// One line about what went wrong.
    package func complain(_ text: String) { errors("hilum: \(text)\n") }

    /// Replaces the line of progress; an empty text removes it.
    func progress(_ text: String) {
        if showsProgress { errors("\r\u{1B}[K" + text) }
    }
}

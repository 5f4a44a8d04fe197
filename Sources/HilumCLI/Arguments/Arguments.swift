/// One option of a command.
package struct Option: Equatable, Sendable {
    /// Without the dashes.
    package let name: String
    /// Placeholder of its value, for example `ADDRESS`; `nil` for an option that stands alone.
    package let value: String?
    /// One sentence for the help text.
    package let help: String

    package init(_ name: String, _ value: String? = nil, help: String) {
        self.name = name
        self.value = value
        self.help = help
    }
}

/// What is wrong with a command line, in one line.
package struct UsageError: Error, Equatable {
    package let message: String

    package init(_ message: String) {
        self.message = message
    }
}

/// The arguments of a command: `--name value`, `--name=value`, `--name`; the rest are operands, as is all after `--`.
package struct Arguments: Sendable {
    package private(set) var operands: [String] = []
    private var values: [String: [String]] = [:]
    private var flags: Set<String> = []

    package init(_ arguments: [String], options: [Option]) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                operands += rest
                return
            }
            guard argument.hasPrefix("--") else {
                guard argument == "-" || !argument.hasPrefix("-") else {
                    throw UsageError("unknown option \(argument)")
                }
                operands.append(argument)
                continue
            }
            try take(argument.dropFirst(2), &rest, options)
        }
    }

    private mutating func take(
        _ argument: Substring, _ rest: inout ArraySlice<String>, _ options: [Option]
    ) throws(UsageError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = options.first(where: { $0.name == name }) else {
            throw UsageError("unknown option --\(name)")
        }
        switch (option.value, parts.count) {
        case (nil, 1): flags.insert(name)
        case (nil, _): throw UsageError("--\(name) takes no value")
        case (_?, 2): values[name, default: []].append(String(parts[1]))
        case (let placeholder?, _):
            guard let value = rest.popFirst() else { throw UsageError("--\(name) needs a value: \(placeholder)") }
            values[name, default: []].append(value)
        }
    }

    /// True when the option that stands alone is given.
    package func has(_ name: String) -> Bool { flags.contains(name) }

    /// The value of an option; the last one wins.
    package func value(_ name: String) -> String? { values[name]?.last }

    /// Every value of an option that may be given several times, in order.
    package func all(_ name: String) -> [String] { values[name] ?? [] }

    /// The value of an option that counts something.
    package func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("--\(name) \(text): a number from \(range.lowerBound) to \(range.upperBound) expected")
        }
        return number
    }

    /// The operands, of which there has to be at least one.
    package func atLeastOneOperand(_ placeholder: String) throws(UsageError) -> [String] {
        guard !operands.isEmpty else { throw UsageError("\(placeholder) is missing") }
        return operands
    }

    /// Refuses operands.
    package func noOperands() throws(UsageError) {
        if let first = operands.first { throw UsageError("unexpected argument \(first)") }
    }
}

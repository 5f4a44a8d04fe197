/// Where a configuration value came from.
package enum ConfigurationSource: Equatable, Sendable, CustomStringConvertible {
    /// A line of the configuration file, counted from 1.
    case file(path: String, line: Int)
    /// An environment variable.
    case environment(name: String)
    /// A command line flag, with its dashes.
    case flag(name: String)

    package var description: String {
        switch self {
        case .file(let path, let line): "\(path):\(line)"
        case .environment(let name): "environment variable \(name)"
        case .flag(let name): "flag \(name)"
        }
    }
}

/// What is wrong with the configuration of a program. Every case names the key, so that an operator can find it.
package enum ConfigurationError: Error, Equatable, Sendable {
    /// No field has this key. `nearest` is the declared key with the smallest edit distance, if one is close.
    case unknownKey(key: String, nearest: String?, source: ConfigurationSource)
    /// The value cannot be read or lies outside what is allowed.
    case wrongValue(key: String, value: String, allowed: String, source: ConfigurationSource)
    /// A flag that needs a value stands last.
    case missingValue(key: String, allowed: String)
    /// An argument that is neither a flag nor the value of one.
    case unexpectedArgument(String)
    /// The configuration file cannot be read.
    case unreadableFile(path: String)
    /// A line of the configuration file is not `key = value`, a comment or empty.
    case malformedLine(path: String, line: Int)
    /// Two values that are each allowed contradict each other.
    case contradiction(key: String, value: String, reason: String)

    /// Exit status by sysexits(3): 64 (EX_USAGE) for the command line, 78 (EX_CONFIG) for file, environment and
    /// contradictions.
    package var exitStatus: Int32 {
        switch self {
        case .missingValue, .unexpectedArgument, .unknownKey(_, _, .flag), .wrongValue(_, _, _, .flag): 64
        case .unknownKey, .wrongValue, .unreadableFile, .malformedLine, .contradiction: 78
        }
    }
}

extension ConfigurationError: CustomStringConvertible {
    /// One line for people.
    package var description: String {
        switch self {
        case .unknownKey(let key, let nearest, let source):
            "\(source): there is no key '\(key)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
        case .wrongValue(let key, let value, let allowed, let source):
            "\(source): '\(value)' is not a value for '\(key)'; allowed: \(allowed)"
        case .missingValue(let key, let allowed):
            "flag --\(key): a value is missing; allowed: \(allowed)"
        case .unexpectedArgument(let argument):
            "unexpected argument '\(argument)'; flags are written --key value"
        case .unreadableFile(let path):
            "configuration file '\(path)' cannot be read"
        case .malformedLine(let path, let line):
            "\(path):\(line): not of the form key = value"
        case .contradiction(let key, let value, let reason):
            "'\(value)' is not a value for '\(key)': \(reason)"
        }
    }
}

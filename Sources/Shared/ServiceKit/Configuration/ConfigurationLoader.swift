import Foundation

/// Puts a configuration together from file, environment and flags, and checks it.
package enum ConfigurationLoader {
    /// What the command line asks for.
    package enum Outcome<Configuration: ServiceConfiguration>: Sendable {
        /// Run with this. `unknownVariables` are environment variables with the program's prefix that no field has.
        case run(Configuration, unknownVariables: [String])
        /// Print this and exit 0.
        case help(String)
    }

    /// Builds the configuration: defaults, then the file, then the environment, then the flags.
    ///
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - readFile: gives the text of the file at a path, nil when it cannot be read.
    /// - Throws: `ConfigurationError`, naming the first wrong value.
    package static func load<Configuration: ServiceConfiguration>(
        _ type: Configuration.Type = Configuration.self, arguments: [String], environment: [String: String],
        readFile: (String) -> String? = { try? String(contentsOfFile: $0, encoding: .utf8) }
    ) throws(ConfigurationError) -> Outcome<Configuration> {
        let fields = Dictionary(uniqueKeysWithValues: Configuration.fields.map { ($0.key, $0) })
        let flags = try parseFlags(arguments, impliedText: { fields[$0]?.impliedText })
        if flags.contains(where: { $0.key == "help" }) { return .help(helpText(for: Configuration.self)) }

        var settings: [Setting] = []
        let configVariable = Configuration.environmentVariable(for: "config")
        if let path = flags.last(where: { $0.key == "config" })?.value ?? environment[configVariable] {
            settings += try parseFile(path, text: readFile(path))
        }
        var unknownVariables: [String] = []
        for (name, value) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(Configuration.environmentPrefix) && name != configVariable {
            let key = name.dropFirst(Configuration.environmentPrefix.count).lowercased().replacing("_", with: "-")
            if fields[key] == nil {
                unknownVariables.append(name)
            } else {
                settings.append(Setting(key: key, value: value, source: .environment(name: name)))
            }
        }
        settings += flags.filter { $0.key != "config" }

        var configuration = Configuration()
        for setting in settings {
            guard let field = fields[setting.key] else {
                let nearest = nearestKey(to: setting.key, among: Configuration.fields.map(\.key))
                throw .unknownKey(key: setting.key, nearest: nearest, source: setting.source)
            }
            try field.set(setting.value, in: &configuration, from: setting.source)
        }
        try configuration.checkConsistency()
        return .run(configuration, unknownVariables: unknownVariables)
    }

    /// A value as text with its key and origin.
    struct Setting: Equatable {
        let key: String
        let value: String
        let source: ConfigurationSource
    }

    /// Reads `--key value`, `--key=value`, `--toggle` and `-h`.
    static func parseFlags(
        _ arguments: [String], impliedText: (String) -> String?
    ) throws(ConfigurationError) -> [Setting] {
        var settings: [Setting] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "-h" || argument == "--help" {
                settings.append(Setting(key: "help", value: "true", source: .flag(name: argument)))
                continue
            }
            guard argument.hasPrefix("--"), argument.count > 2 else { throw .unexpectedArgument(argument) }
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = String(parts[0])
            let value: String
            if parts.count == 2 {
                value = String(parts[1])
            } else if let implied = impliedText(key), !["true", "false"].contains(rest.first) {
                value = implied
            } else if let next = rest.popFirst() {
                value = next
            } else {
                throw .missingValue(key: key, allowed: "a value after the flag; see --help")
            }
            settings.append(Setting(key: key, value: value, source: .flag(name: "--" + key)))
        }
        return settings
    }

    /// Reads `key = value` lines; `#` starts a comment line.
    static func parseFile(_ path: String, text: String?) throws(ConfigurationError) -> [Setting] {
        guard let text else { throw .unreadableFile(path: path) }
        var settings: [Setting] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let equals = line.firstIndex(of: "=") else { throw .malformedLine(path: path, line: index + 1) }
            let key = line[..<equals].trimmingCharacters(in: .whitespaces)
            let value = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            guard !key.isEmpty else { throw .malformedLine(path: path, line: index + 1) }
            settings.append(Setting(key: key, value: value, source: .file(path: path, line: index + 1)))
        }
        return settings
    }

    /// The declared key at an edit distance of at most 2.
    static func nearestKey(to key: String, among keys: [String]) -> String? {
        keys.map { ($0, editDistance(key, $0)) }.filter { $0.1 <= 2 }.min { $0.1 < $1.1 }?.0
    }

    private static func editDistance(_ first: String, _ second: String) -> Int {
        var row = Array(0...second.count)
        for (i, a) in first.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in second.enumerated() {
                let substituted = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[second.count]
    }
}

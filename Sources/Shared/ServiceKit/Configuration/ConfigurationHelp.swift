extension ConfigurationLoader {
    /// The text of `--help`: every key with type, allowed values, default and meaning.
    package static func helpText<Configuration: ServiceConfiguration>(for type: Configuration.Type) -> String {
        let defaults = Configuration()
        var lines = [
            "\(Configuration.program): \(Configuration.summary)",
            "",
            "usage: \(Configuration.program) [--config FILE] [--key value …]",
            "",
            "A value comes from the file (lines `key = value`), then from the environment",
            "(\(Configuration.environmentVariable(for: "key")) for --key), then from the flags; the later wins.",
            "",
            "  --config path",
            "      Configuration file.",
            "  --help",
            "      Prints this.",
        ]
        for field in Configuration.fields {
            let text = field.text(in: defaults)
            lines.append("  --\(field.key) \(field.type)")
            lines.append("      \(field.help)")
            lines.append("      Default: \(text.isEmpty ? "none" : text). Allowed: \(field.allowed).")
        }
        return lines.joined(separator: "\n")
    }
    /// The keys as a Markdown table, for `docs/configuration.md`.
    package static func markdownTable<Configuration: ServiceConfiguration>(for type: Configuration.Type) -> String {
        let defaults = Configuration()
        let rows = Configuration.fields.map { field in
            let text = field.text(in: defaults)
            return "| `\(field.key)` | \(field.type) | \(text.isEmpty ? "none" : "`\(text)`") | \(field.allowed) | "
                + "\(field.help) |"
        }
        return (["| Key | Type | Default | Allowed | Meaning |", "| --- | --- | --- | --- | --- |"] + rows)
            .joined(separator: "\n")
    }
}

/// One configuration value of `Root`, declared once: key, type with unit, default and meaning.
///
/// The same declaration reads the file, the environment and the flags, and prints `--help`.
package struct ConfigurationField<Root: Sendable>: Sendable {
    /// The key in lower case with dashes: `max-queue` is the flag `--max-queue`, the line `max-queue = …`, and the
    /// environment variable `HILUM_<SERVICE>_MAX_QUEUE`.
    package let key: String
    /// Name of the type, for example "integer".
    package let type: String
    /// What is allowed, with its unit.
    package let allowed: String
    /// What the value does, one sentence.
    package let help: String
    /// The value meant by a flag that stands alone.
    package let impliedText: String?

    private let read: @Sendable (Root) -> String
    private let write: @Sendable (inout Root, String) -> Bool

    /// Declares the value at `path`.
    package init<Value: Sendable>(
        _ key: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ format: ValueFormat<Value>, help: String
    ) {
        self.key = key
        self.type = format.type
        self.allowed = format.allowed
        self.help = help
        self.impliedText = format.impliedText
        read = { format.render($0[keyPath: path]) }
        write = { root, text in
            guard let value = format.parse(text) else { return false }
            root[keyPath: path] = value
            return true
        }
    }

    private init<Inner: Sendable>(
        _ inner: ConfigurationField<Inner>, at path: any WritableKeyPath<Root, Inner> & Sendable
    ) {
        key = inner.key
        type = inner.type
        allowed = inner.allowed
        help = inner.help
        impliedText = inner.impliedText
        read = { inner.read($0[keyPath: path]) }
        write = { inner.write(&$0[keyPath: path], $1) }
    }

    /// The same field inside a larger configuration.
    package func nested<Outer: Sendable>(
        at path: any WritableKeyPath<Outer, Root> & Sendable
    ) -> ConfigurationField<Outer> {
        ConfigurationField<Outer>(self, at: path)
    }

    /// The value of `root` as text.
    package func text(in root: Root) -> String {
        read(root)
    }

    /// Reads `text` into `root`.
    ///
    /// - Throws: `ConfigurationError.wrongValue` when the text is not allowed.
    package func set(
        _ text: String, in root: inout Root, from source: ConfigurationSource
    ) throws(ConfigurationError) {
        guard write(&root, text) else {
            throw .wrongValue(key: key, value: text, allowed: allowed, source: source)
        }
    }
}

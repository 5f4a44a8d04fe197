/// The configuration of one program: a value with defaults, whose fields are declared once.
///
/// Values come from the defaults, then a file (`--config`), then the environment, then the flags; the later wins.
package protocol ServiceConfiguration: Sendable {
    /// Every field at its default.
    init()
    /// Name of the program, for example `classifier-service`.
    static var program: String { get }
    /// One sentence for `--help`.
    static var summary: String { get }
    /// The prefix of its environment variables, for example `HILUM_CLASSIFIER_`.
    static var environmentPrefix: String { get }
    /// Every field, in the order of `--help`.
    static var fields: [ConfigurationField<Self>] { get }
    /// Checks what no single field can: values that contradict each other.
    func checkConsistency() throws(ConfigurationError)
}

extension ServiceConfiguration {
    package func checkConsistency() throws(ConfigurationError) {}

    /// The environment variable of a key.
    package static func environmentVariable(for key: String) -> String {
        environmentPrefix + key.uppercased().replacing("-", with: "_")
    }
}

/// The configuration of a program that serves on a port.
package protocol ServerConfiguration: ServiceConfiguration {
    /// Address, limits, logging, shutdown.
    var server: ServerOptions { get }
}

extension ServerConfiguration {
    package func checkConsistency() throws(ConfigurationError) {
        try server.checkConsistency()
    }
}

import HTTP
import ServiceKit
import Testing

private struct Sample: ServerConfiguration {
    var server = ServerOptions(port: 8081)

    static let program = "sample-service"
    static let summary = "a service for tests"
    static let environmentPrefix = "HILUM_SAMPLE_"
    static let fields: [ConfigurationField<Sample>] = ServerOptions.fields(at: \.server)
}

private func load(_ arguments: [String]) throws -> ServerOptions {
    let outcome = try ConfigurationLoader.load(Sample.self, arguments: arguments, environment: [:])
    guard case .run(let sample, _) = outcome else { throw ConfigurationError.unexpectedArgument("--help") }
    return sample.server
}

@Suite struct ServerOptionsTests {
    @Test(arguments: [
        (["--tls-certificate", "a.pem"], "tls-certificate"),
        (["--tls-key", "a.key"], "tls-key"),
        (["--tls-client-ca", "ca.pem"], "tls-client-ca"),
        (["--max-stream-bytes", "1MiB", "--max-body-bytes", "2MiB"], "max-stream-bytes"),
        (["--max-bytes-in-flight", "100MiB", "--max-body-bytes", "100MiB"], "max-bytes-in-flight"),
    ])
    func `values that do not go together are refused by their key`(arguments: [String], key: String) {
        #expect {
            try load(arguments)
        } throws: { error in
            guard case .contradiction(key, _, _) = error as? ConfigurationError else { return false }
            return true
        }
    }

    @Test func `limits of the port have keys with their units`() throws {
        let options = try load([
            "--max-target-bytes=1KiB", "--max-streams=7", "--header-timeout-seconds=0.5", "--max-reset-rate=9",
        ])
        var limits = HTTPLimits()
        limits.maxTargetBytes = 1024
        limits.maxStreamsPerConnection = 7
        limits.headerTimeout = .milliseconds(500)
        limits.maxResetRate = 9
        #expect(options.limits == limits)
    }

    @Test(arguments: ["https://a.example/", "a.example", "://a", "https://a b", "https://user@a.example"])
    func `what is no origin is refused`(text: String) {
        #expect(throws: ConfigurationError.self) { try load(["--cors-origins", text]) }
    }

    @Test func `origins are a list, and none by default`() throws {
        #expect(try load([]).corsOrigins == [])
        #expect(
            try load(["--cors-origins", "https://a.example, http://b:3000,*"]).corsOrigins
                == ["https://a.example", "http://b:3000", "*"])
    }
}

import Gateway
import ServiceKit
import Testing

@Suite struct GatewayConfigurationTests {
    private func load(_ arguments: String...) throws -> GatewayConfiguration? {
        let outcome = try ConfigurationLoader.load(
            GatewayConfiguration.self, arguments: arguments, environment: [:])
        guard case .run(let configuration, _) = outcome else { return nil }
        return configuration
    }

    @Test func `every value can be set by a flag`() throws {
        let configuration = try #require(
            try load(
                "--data", "/var/lib/hilum", "--classifier", "a:1,http://b:2", "--planning", "", "--max-wait-minutes",
                "30",
                "--quiet-seconds", "1.5", "--retry-first-seconds", "0.1", "--retry-longest-seconds", "2",
                "--retry-failures", "7", "--call-timeout-seconds", "9", "--dispatch-concurrency", "3", "--port", "0"))
        #expect(configuration.dataDirectory == "/var/lib/hilum")
        #expect(configuration.classifier == ["a:1", "http://b:2"])
        #expect(configuration.planning.isEmpty)
        #expect(configuration.maximumWait == .seconds(1800))
        #expect(configuration.quietPeriod == .milliseconds(1500))
        let options = configuration.dispatchOptions
        #expect(
            options.retry
                == RetryPolicy(
                    firstDelay: .milliseconds(100), longestDelay: .seconds(2), maximumFailures: 7))
        #expect(options.callTimeout == .seconds(9))
        #expect(options.concurrency == 3)
        #expect(configuration.server.port == 0)
    }

    @Test(arguments: [
        ("classifier", "nowhere"), ("classifier", "ftp://a:1"), ("planning", "a:99999"), ("planning", "a:1/path"),
        ("max-wait-minutes", "0"), ("quiet-seconds", "-1"), ("retry-failures", "0"), ("data", ""),
    ])
    func `a wrong value names itself`(key: String, value: String) {
        #expect {
            _ = try load("--\(key)", value)
        } throws: { error in
            guard case ConfigurationError.wrongValue(let named, value, _, _) = error else { return false }
            return named == key
        }
    }

    @Test func `waits that contradict each other are refused`() {
        #expect(throws: ConfigurationError.self) {
            try load("--retry-first-seconds", "10", "--retry-longest-seconds", "5")
        }
    }
}

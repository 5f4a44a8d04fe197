import Foundation
import Gateway
import HTTP
import RPC
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

    @Test func `how services are reached can be set by flags`() throws {
        let files = try TemporaryDirectory()
        let (ca, certificate, key) = (files.path + "/ca.pem", files.path + "/cert.pem", files.path + "/key.pem")
        for path in [ca, certificate, key] { try Data().write(to: URL(filePath: path)) }
        let backends = try #require(
            try load(
                "--classifier", "dns+https://classifier:8081,srv+http://_hilum._tcp.example.org", "--backend-ca", ca,
                "--backend-certificate", certificate, "--backend-key", key, "--health-check-seconds", "0",
                "--lookup-seconds", "3", "--name-server", "127.0.0.1:8600", "--eject-after-failures", "7",
                "--eject-first-seconds", "0.5", "--eject-longest-seconds", "9", "--eject-max-share", "0.25",
                "--backend-retry-share", "0.1", "--backend-retry-minimum", "2")
        ).backends
        #expect(backends.tls == HTTPClient.TLS(authorityFile: ca, certificateFile: certificate, keyFile: key))
        #expect(backends.nameServer == NameResolver.Server(address: "127.0.0.1", port: 8600))
        var expected = BalancerOptions()
        expected.checkInterval = .zero
        expected.lookupInterval = .seconds(3)
        expected.ejectAfterFailures = 7
        expected.firstEjection = .milliseconds(500)
        expected.longestEjection = .seconds(9)
        expected.maxEjectedShare = 0.25
        expected.retryShare = 0.1
        expected.retryMinimum = 2
        #expect(backends.balancing == expected)
    }

    @Test(arguments: [
        ["--eject-first-seconds", "10", "--eject-longest-seconds", "5"], ["--backend-key", "/dev/null"],
        ["--backend-ca", "/nowhere/ca.pem"], ["--backend-certificate", "/nowhere/cert.pem"],
    ])
    func `backends that cannot work are refused at the start`(arguments: [String]) {
        #expect {
            _ = try ConfigurationLoader.load(GatewayConfiguration.self, arguments: arguments, environment: [:])
        } throws: { error in
            if case ConfigurationError.contradiction = error { true } else { false }
        }
    }

    @Test(arguments: [
        ("classifier", "nowhere"), ("name-server", "localhost:53"), ("name-server", "1.2.3.4"),
        ("name-server", "1.2.3:53"), ("eject-max-share", "1.5"), ("backend-retry-share", "-1"),
        ("classifier", "srv+http://a:1"), ("classifier", "ftp://a:1"), ("planning", "a:99999"),
        ("planning", "a:1/path"),
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

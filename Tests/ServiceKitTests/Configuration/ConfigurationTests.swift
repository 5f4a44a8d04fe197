import ServiceKit
import Testing

private struct Sample: ServiceConfiguration {
    enum Mode: String, CaseIterable, Sendable { case fast, exact }

    var server = ServerOptions(port: 8081)
    var threshold = 0.5
    var mode = Mode.fast
    var verify = false
    var name = "sample"

    static let program = "sample-service"
    static let summary = "a service for tests"
    static let environmentPrefix = "HILUM_SAMPLE_"
    static let fields: [ConfigurationField<Sample>] =
        ServerOptions.fields(at: \.server) + [
            .init("threshold", \.threshold, .number(0...1, unit: "probability"), help: "Where to cut."),
            .init("mode", \.mode, .choice, help: "How to work."),
            .init("verify", \.verify, .toggle, help: "Checks twice."),
            .init("name", \.name, .text("a name"), help: "What it is called."),
        ]

    func checkConsistency() throws(ConfigurationError) {
        if mode == .exact && !verify {
            throw .contradiction(key: "mode", value: "exact", reason: "exact needs verify = true")
        }
    }
}

private func load(
    _ arguments: [String] = [], environment: [String: String] = [:], file: String? = nil
) throws -> (Sample, unknown: [String]) {
    let outcome: ConfigurationLoader.Outcome<Sample> = try ConfigurationLoader.load(
        arguments: arguments, environment: environment, readFile: { _ in file })
    guard case .run(let sample, let unknown) = outcome else {
        throw ConfigurationError.unexpectedArgument("--help")
    }
    return (sample, unknown)
}

@Suite struct ConfigurationTests {
    @Test func `without any source every value is its default and the address is loopback`() throws {
        let (sample, _) = try load()
        #expect(sample.server == ServerOptions(port: 8081))
        #expect(sample.server.host == "127.0.0.1")
        #expect(sample.server.maxBodyBytes == 268_435_456)
    }

    @Test func `a flag beats the environment, which beats the file, which beats the default`() throws {
        let file = "# comment\n\nport = 1\nmax-queue=2\n  host = ::1  \n"
        let environment = ["HILUM_SAMPLE_PORT": "3", "HILUM_SAMPLE_MAX_QUEUE": "4", "HILUM_SAMPLE_CONFIG": "c"]
        let (sample, _) = try load(["--port", "5"], environment: environment, file: file)
        #expect(sample.server.port == 5)
        #expect(sample.server.maxQueue == 4)
        #expect(sample.server.host == "::1")
    }

    @Test(arguments: [
        ("--max-body-bytes=2MiB", 2_097_152), ("--max-body-bytes=1GiB", 1_073_741_824),
        ("--max-body-bytes=4096", 4096),
    ])
    func `bytes are read with and without a suffix`(flag: String, bytes: Int) throws {
        #expect(try load([flag]).0.server.maxBodyBytes == bytes)
    }

    @Test func `seconds take decimals`() throws {
        #expect(try load(["--drain-seconds", "0.25"]).0.server.drain == .milliseconds(250))
    }

    @Test func `a toggle stands alone or takes a value`() throws {
        #expect(try load(["--verify", "--port", "1"]).0.verify)
        #expect(try load(["--verify", "false"]).0.verify == false)
    }

    @Test(arguments: [
        ["--port", "65536"], ["--port", "-1"], ["--port", "http"], ["--port="], ["--max-body-bytes", "9000GiB"],
        ["--max-body-bytes", "9223372036854775807GiB"], ["--threshold", "nan"], ["--threshold", "1.01"],
        ["--mode", "slow"], ["--verify=maybe"], ["--name="], ["--drain-seconds", "inf"],
    ])
    func `a wrong flag value names key, value and what is allowed, and exits 64`(arguments: [String]) throws {
        let error = try #require(throws: ConfigurationError.self) { try load(arguments) }
        guard case .wrongValue(let key, _, let allowed, .flag(let flag)) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(flag == "--" + key)
        #expect(arguments[0].hasPrefix(flag))
        #expect(!allowed.isEmpty)
        #expect(error.exitStatus == 64)
    }

    @Test func `a wrong value in file or environment names its place and exits 78`() throws {
        let inFile = try #require(throws: ConfigurationError.self) {
            try load(["--config", "a.conf"], file: "host = h\nmode = slow")
        }
        #expect(
            inFile
                == .wrongValue(
                    key: "mode", value: "slow", allowed: "fast, exact", source: .file(path: "a.conf", line: 2)))
        #expect(inFile.description == "a.conf:2: 'slow' is not a value for 'mode'; allowed: fast, exact")
        let inEnvironment = try #require(throws: ConfigurationError.self) {
            try load(environment: ["HILUM_SAMPLE_MODE": "slow"])
        }
        #expect(inEnvironment.exitStatus == 78)
        #expect(inEnvironment.description.hasPrefix("environment variable HILUM_SAMPLE_MODE: 'slow'"))
    }

    @Test func `an unknown flag names the nearest key`() {
        #expect(
            throws: ConfigurationError.unknownKey(key: "prot", nearest: "port", source: .flag(name: "--prot"))
        ) { try load(["--prot", "1"]) }
        #expect(
            throws: ConfigurationError.unknownKey(
                key: "colour", nearest: nil, source: .file(path: "f", line: 1))
        ) { try load(["--config", "f"], file: "colour = red") }
    }

    @Test func `an unknown variable with the prefix is reported and others are not looked at`() throws {
        let (_, unknown) = try load(environment: ["HILUM_SAMPLE_PROT": "1", "PATH": "/bin", "HILUM_OTHER_PORT": "x"])
        #expect(unknown == ["HILUM_SAMPLE_PROT"])
    }

    @Test func `a missing value, a stray argument, an unreadable file and a malformed line are each told`() {
        #expect(throws: ConfigurationError.missingValue(key: "port", allowed: "a value after the flag; see --help")) {
            try load(["--port"])
        }
        #expect(throws: ConfigurationError.unexpectedArgument("8080")) { try load(["8080"]) }
        #expect(throws: ConfigurationError.unreadableFile(path: "none")) { try load(["--config", "none"]) }
        #expect(throws: ConfigurationError.malformedLine(path: "f", line: 2)) {
            try load(["--config", "f"], file: "port = 1\nport 2")
        }
        #expect(throws: ConfigurationError.malformedLine(path: "f", line: 1)) {
            try load(["--config", "f"], file: "= 2")
        }
    }

    @Test func `values that contradict each other are told`() {
        #expect(
            throws: ConfigurationError.contradiction(key: "mode", value: "exact", reason: "exact needs verify = true")
        ) { try load(["--mode", "exact"]) }
    }

    @Test func `help prints every key with its default and what is allowed`() throws {
        let outcome = try ConfigurationLoader.load(
            Sample.self, arguments: ["--port", "bad", "--help"], environment: [:])
        guard case .help(let text) = outcome else {
            Issue.record("help was asked for")
            return
        }
        for field in Sample.fields {
            #expect(text.contains("--\(field.key) \(field.type)"))
            #expect(text.contains(field.help))
            #expect(text.contains(field.allowed))
        }
        #expect(text.contains("Default: 8081."))
        #expect(text.contains("HILUM_SAMPLE_KEY for --key"))
    }

    @Test func `every default is a value that its own format reads back`() throws {
        let defaults = Sample()
        for field in Sample.fields {
            var copy = Sample()
            try field.set(field.text(in: defaults), in: &copy, from: .flag(name: "test"))
            #expect(field.text(in: copy) == field.text(in: defaults))
        }
    }
}

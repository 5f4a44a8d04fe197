import RPC
package import ServiceKit

/// How a gateway is set up.
package struct GatewayConfiguration: ServerConfiguration, Equatable {
    package static let program = "gateway"
    package static let summary = "takes studies in, has them answered, and orders what a radiologist should read"
    package static let environmentPrefix = "HILUM_GATEWAY_"

    package var server = ServerOptions(port: 8080, maxConcurrency: 16)
    /// Folder of ledger and blobs.
    package var dataDirectory = "data"
    /// Addresses of the classifier's replicas.
    package var classifier = ["http://127.0.0.1:8081"]
    /// Addresses of the planning service's replicas.
    package var planning = ["http://127.0.0.1:8082"]
    /// How they are reached.
    package var backends = BackendOptions()
    /// The pages.
    package var pages = PageOptions()
    /// Time after which a study comes first in the worklist.
    package var maximumWait = Duration.seconds(120 * 60)
    /// Time without a new instance after which a study counts as whole.
    package var quietPeriod = Duration.seconds(5)
    /// Wait after the first attempt.
    package var retryFirst = Duration.milliseconds(500)
    /// Longest wait between attempts.
    package var retryLongest = Duration.seconds(30)
    /// Failures of its own after which an instance is given up.
    package var retryFailures = 5
    /// Time that one call to a service may take.
    package var callTimeout = Duration.seconds(120)
    /// Calls to one service at the same time.
    package var dispatchConcurrency = 4

    package init() {}

    package static let fields: [ConfigurationField<GatewayConfiguration>] =
        ServerOptions.fields(at: \.server) + [
            .init("data", \.dataDirectory, .text("a path"), help: "Folder of ledger and images; made where missing."),
            .init("classifier", \.classifier, .addresses, help: "Replicas of the classifier."),
            .init("planning", \.planning, .addresses, help: "Replicas of the planning service."),
        ] + BackendOptions.fields.map { $0.nested(at: \.backends) }
        + PageOptions.fields.map { $0.nested(at: \.pages) } + [
            .init(
                "max-wait-minutes", \.maximumWait, .minutes(1...100_000),
                help: "A study that waited longer comes first in the worklist, whatever its priority."),
            .init(
                "quiet-seconds", \.quietPeriod, .seconds(0.1...86_400),
                help: "A study to which nothing was added for so long counts as whole."),
            .init(
                "retry-first-seconds", \.retryFirst, .seconds(0.01...3600),
                help: "Wait after the first attempt; it doubles with each further one."),
            .init(
                "retry-longest-seconds", \.retryLongest, .seconds(0.01...86_400), help: "Longest wait between attempts."
            ),
            .init(
                "retry-failures", \.retryFailures, .integer(1...1000, unit: "failures"),
                help: "Failures of its own after which an instance is given up; a service that is down never counts."),
            .init(
                "call-timeout-seconds", \.callTimeout, .seconds(0.1...3600),
                help: "Time that one call to a service may take."),
            .init(
                "dispatch-concurrency", \.dispatchConcurrency, .integer(1...256, unit: "calls"),
                help: "Calls to one service at the same time."),
        ]

    package func checkConsistency() throws(ConfigurationError) {
        try server.checkConsistency()
        guard retryLongest >= retryFirst else {
            throw .contradiction(
                key: "retry-longest-seconds", value: "\(retryLongest.inSeconds)",
                reason: "it is shorter than retry-first-seconds")
        }
        try backends.checkConsistency()
        try pages.checkConsistency()
    }

    /// What the dispatcher needs of it.
    package var dispatchOptions: DispatchOptions {
        var options = DispatchOptions()
        options.concurrency = dispatchConcurrency
        options.callTimeout = callTimeout
        options.maximumBytes = server.maxBodyBytes
        options.retry = RetryPolicy(
            firstDelay: retryFirst, longestDelay: retryLongest, maximumFailures: retryFailures)
        return options
    }
}

extension ValueFormat<[String]> {
    /// Where the replicas of a service are, separated by commas.
    static var addresses: Self {
        ValueFormat(
            type: "addresses",
            allowed: "http://host:port, dns+http://host:port or srv+http://name (https too), several separated by "
                + "commas, or empty for none",
            parse: { text in
                let addresses = text.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
                return addresses.allSatisfy { Target($0) != nil } ? addresses : nil
            },
            render: { $0.joined(separator: ",") })
    }
}

extension ValueFormat<Duration> {
    /// A time in minutes, decimals allowed, inside `range`.
    static func minutes(_ range: ClosedRange<Double>) -> Self {
        ValueFormat(
            type: "minutes", allowed: "\(range.lowerBound)…\(range.upperBound) minutes",
            parse: { text in
                Double(text).flatMap { range.contains($0) ? .milliseconds(Int64(($0 * 60_000).rounded())) : nil }
            },
            render: { String($0 / .seconds(60)) })
    }
}

import Foundation
import HTTP
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
    /// Connection string of a PostgreSQL ledger; empty for a file in the folder.
    package var ledger = ""
    /// Free bytes of the disk below which nothing is taken in.
    package var lowSpace = 1 << 30
    /// Free bytes from which on it is taken in again.
    package var enoughSpace = 2 << 30
    /// Where clients see the gateway, for URLs in answers; nil: where each of them says it does.
    package var publicURL: String?
    /// Addresses of the classifier's replicas.
    package var classifier = ["http://127.0.0.1:8081"]
    /// Addresses of the planning service's replicas.
    package var planning = ["http://127.0.0.1:8082"]
    /// How they are reached.
    package var backends = BackendOptions()
    /// File that says what is made of answers and where it goes; nil: nothing.
    package var results: String?
    /// The pages.
    package var pages = PageOptions()
    /// The DICOM network.
    package var dicom = DICOMOptions()
    /// Time after which a study comes first in the worklist.
    package var maximumWait = Duration.seconds(120 * 60)
    /// Time after which a reader's claim keeps nobody else out.
    package var claimTimeout = Duration.seconds(120 * 60)
    /// Time without a new instance after which a study counts as whole.
    package var quietPeriod = Duration.seconds(5)
    /// Wait after the first attempt.
    package var retryFirst = Duration.milliseconds(500)
    /// Longest wait between attempts.
    package var retryLongest = Duration.seconds(30)
    /// Failures of its own after which an instance is given up.
    package var retryFailures = 5
    /// Lost connections after which an instance is given up.
    package var retryLosses = 10
    /// Time after which work is given up whose service stays down.
    package var giveUpAfter = Duration.seconds(72 * 3600)
    /// How long images and results are kept; zero means for ever.
    package var keepImages = Duration.zero
    package var keepRefusedImages = Duration.zero
    package var keepResults = Duration.zero
    /// File of the routing rules; nil: those that come with the gateway.
    package var routingRules: String?
    /// Time that one call to a service may take.
    package var callTimeout = Duration.seconds(120)
    /// Calls to a service at the same time, for each of its replicas that is known.
    package var dispatchConcurrency = 4

    package init() {}

    package static let fields: [ConfigurationField<GatewayConfiguration>] =
        ServerOptions.fields(at: \.server) + [
            .init("data", \.dataDirectory, .text("a path"), help: "Folder of ledger and images; made where missing."),
            .init(
                "ledger", \.ledger, .connectionString,
                help: "PostgreSQL ledger, which gateways may share; empty: a file in the folder."),
            .init(
                "low-space", \.lowSpace, .bytes(0...(1 << 50)),
                help: "Free bytes of the disk below which new instances are refused."),
            .init(
                "enough-space", \.enoughSpace, .bytes(0...(1 << 50)),
                help: "Free bytes of the disk from which on they are taken again."),
            .init(
                "public-url", \.publicURL, .optionalURL,
                help:
                    "Address at which clients reach the gateway, for the URLs in DICOMweb's answers; none: as in their "
                    + "requests."),
            .init("classifier", \.classifier, .addresses, help: "Replicas of the classifier."),
            .init("planning", \.planning, .addresses, help: "Replicas of the planning service."),
        ] + BackendOptions.fields.map { $0.nested(at: \.backends) }
        + PageOptions.fields.map { $0.nested(at: \.pages) }
        + DICOMOptions.fields.map { $0.nested(at: \.dicom) } + [
            .init(
                "results", \.results, .optionalPath,
                help: "JSON file that says what is made of answers and where it is sent; empty: nothing."),
            .init(
                "max-wait-minutes", \.maximumWait, .minutes(1...100_000),
                help: "A study that waited longer comes first in the worklist, whatever its priority."),
            .init(
                "claim-timeout-minutes", \.claimTimeout, .minutes(1...100_000),
                help: "A study that a reader claimed longer ago may be claimed by another."),
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
                "retry-losses", \.retryLosses, .integer(1...1000, unit: "lost connections"),
                help: "Connections lost while a service had an instance, after which that is given up."),
            .init(
                "give-up-hours", \.giveUpAfter, .hours(0.001...100_000),
                help: "Time after which an instance is given up whose service stays down, late or full."),
            .init(
                "keep-images-hours", \.keepImages, .hours(0...1_000_000),
                help: "Time after its completion for which a study's images are kept; 0: for ever."),
            .init(
                "keep-refused-hours", \.keepRefusedImages, .hours(0...1_000_000),
                help: "The same for studies in which everything was refused; 0: for ever."),
            .init(
                "keep-results-hours", \.keepResults, .hours(0...1_000_000),
                help: "Time after its completion for which a study is kept with all its answers; 0: for ever."),
            .init(
                "routing-rules", \.routingRules, .optionalPath,
                help: "File of the routing rules (docs/routing.md); none: those that come with the gateway."),
            .init(
                "call-timeout-seconds", \.callTimeout, .seconds(0.1...3600),
                help: "Time that one call to a service may take."),
            .init(
                "dispatch-concurrency", \.dispatchConcurrency, .integer(1...256, unit: "calls"),
                help: "Calls to a service at the same time, for each of its replicas that is known."),
        ]

    package func checkConsistency() throws(ConfigurationError) {
        try server.checkConsistency()
        guard retryLongest >= retryFirst else {
            throw .contradiction(
                key: "retry-longest-seconds", value: "\(retryLongest.inSeconds)",
                reason: "it is shorter than retry-first-seconds")
        }
        guard enoughSpace >= lowSpace else {
            throw .contradiction(key: "enough-space", value: "\(enoughSpace)", reason: "it is less than low-space")
        }
        try backends.checkConsistency()
        _ = try loadResults()
        try pages.checkConsistency()
        try dicom.checkConsistency(with: server)
    }

    /// How long what was answered is kept.
    package var retentionPolicy: RetentionPolicy {
        func age(_ duration: Duration) -> Duration? { duration == .zero ? nil : duration }
        return RetentionPolicy(
            images: age(keepImages), refusedImages: age(keepRefusedImages), results: age(keepResults))
    }

    /// What the file of results says; nil where there is none.
    package func loadResults() throws(ConfigurationError) -> ResultsConfiguration? {
        guard let path = results else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw .contradiction(key: "results", value: path, reason: "the file cannot be read")
        }
        do throws(ResultsFileError) {
            return try ResultsConfiguration(bytes)
        } catch {
            throw .contradiction(key: "results", value: path, reason: error.description)
        }
    }

    /// What the dispatcher needs of it.
    package var dispatchOptions: DispatchOptions {
        var options = DispatchOptions()
        options.concurrency = dispatchConcurrency
        options.callTimeout = callTimeout
        options.maximumBytes = server.maxBodyBytes
        options.retry = RetryPolicy(
            firstDelay: retryFirst, longestDelay: retryLongest, maximumFailures: retryFailures,
            maximumLosses: retryLosses, longestTrouble: giveUpAfter)
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

extension ValueFormat<String> {
    /// How a PostgreSQL server is reached (libpq, 34.1.1); empty means none.
    static var connectionString: Self {
        ValueFormat(
            type: "text", allowed: "postgresql://… or key=value …, or empty for none",
            parse: { text in
                text.isEmpty || text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") || text.contains("=")
                    ? text : nil
            },
            render: { $0 })
    }
}

extension ValueFormat<Duration> {
    /// A time in minutes, decimals allowed, inside `range`.
    static func minutes(_ range: ClosedRange<Double>) -> Self { multiples(of: 60, "minutes", range) }

    /// A time in hours, decimals allowed, inside `range`.
    static func hours(_ range: ClosedRange<Double>) -> Self { multiples(of: 3600, "hours", range) }

    private static func multiples(of seconds: Double, _ unit: String, _ range: ClosedRange<Double>) -> Self {
        ValueFormat(
            type: unit, allowed: "\(range.lowerBound)…\(range.upperBound) \(unit)",
            parse: { text in
                Double(text).flatMap {
                    range.contains($0) ? .milliseconds(Int64(($0 * seconds * 1000).rounded())) : nil
                }
            },
            render: { String($0 / .seconds(seconds)) })
    }
}

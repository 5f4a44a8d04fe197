package import Cryptography
import Foundation
package import HTTP

/// What every Hilum server has in common: address, limits, logging, shutdown.
package struct ServerOptions: Equatable, Sendable {
    /// Address to bind.
    package var host = "127.0.0.1"
    /// TCP port to bind; 0 lets the system choose.
    package var port: Int
    /// File that receives the bound port as decimal text.
    package var portFile: String?
    /// PEM file with the certificate and the chain behind it; nil: clear text.
    package var tlsCertificate: String?
    /// PEM file with the certificate's private key.
    package var tlsKey: String?
    /// PEM file with the authorities of client certificates; nil asks for none.
    package var tlsClientCA: String?
    /// Whether a client has to show a certificate, where `tlsClientCA` is set.
    package var tlsClientCertificates = TLSFiles.ClientCertificates.required
    /// Least severe level that is logged.
    package var logLevel = LogLevel.info
    /// Where operations are sent, to an OpenTelemetry collector; nil: nowhere.
    package var otlpEndpoint: String?
    /// Part of the traces beginning here that are kept.
    package var traceSampleRatio = 1.0
    /// Largest request body, bytes.
    package var maxBodyBytes = 256 << 20
    /// Messages of one streaming call together, bytes.
    package var maxStreamBytes = 64 << 30
    /// What is accepted of peers; `limits.maxBodyBytes` follows from `maxBodyBytes`.
    package var limits = HTTPLimits()
    /// Origins whose web pages may call; `*`: all.
    package var corsOrigins: [String] = []
    /// Who may do what.
    package var access = AccessOptions()
    /// A longer time-out of a caller is cut to this one.
    package var maxCall = Duration.seconds(3600)
    /// Requests worked on at the same time; 0: two for each processor, at least four.
    package var maxConcurrency: Int
    /// Requests that wait for a free place.
    package var maxQueue = 64
    /// Time between readiness going false and the listener closing.
    package var grace = Duration.seconds(1)
    /// Time that requests in flight get to finish.
    package var drain = Duration.seconds(30)

    /// - Parameters:
    ///   - port: default TCP port.
    ///   - maxConcurrency: default number of requests worked on at the same time.
    package init(port: Int, maxConcurrency: Int = 2) {
        self.port = port
        self.maxConcurrency = maxConcurrency
    }

    /// Requests worked on at the same time, resolved.
    package var concurrency: Int {
        maxConcurrency > 0 ? maxConcurrency : max(4, 2 * ProcessInfo.processInfo.activeProcessorCount)
    }

    /// The fields every server has.
    package static let fields: [ConfigurationField<ServerOptions>] =
        own + AccessOptions.fields.map { $0.nested(at: \.access) } + HTTPLimits.fields.map { $0.nested(at: \.limits) }

    private static let own: [ConfigurationField<ServerOptions>] = [
        .init("host", \.host, .text("address or host name"), help: "Address to bind."),
        .init("port", \.port, .integer(0...65535, unit: "(TCP port)"), help: "Port to bind; 0: the system chooses."),
        .init("port-file", \.portFile, .optionalPath, help: "File that receives the bound port."),
        .init(
            "tls-certificate", \.tlsCertificate, .optionalPath,
            help: "PEM file: the server's certificate and the chain behind it; none: clear text. Read again on SIGHUP."),
        .init("tls-key", \.tlsKey, .optionalPath, help: "PEM file: the certificate's private key, without a password."),
        .init(
            "tls-client-ca", \.tlsClientCA, .optionalPath,
            help: "PEM file: the authorities of client certificates; none: clients are not asked for one."),
        .init(
            "tls-client-certificates", \.tlsClientCertificates, .choice,
            help: "Whether a client must show a certificate, where tls-client-ca is set."),
        .init(
            "cors-origins", \.corsOrigins, .origins,
            help: "Origins whose web pages may call (CORS), separated by commas; *: all."),
        .init("log-level", \.logLevel, .choice, help: "Least severe level that is logged."),
        .init(
            "otlp-endpoint", \.otlpEndpoint, .optionalURL,
            help: "OpenTelemetry collector that gets traces over OTLP/HTTP, for example http://127.0.0.1:4318."),
        .init(
            "trace-sample-ratio", \.traceSampleRatio, .number(0...1, unit: "of the traces"),
            help: "Part of the traces beginning here that are kept; who calls with a traceparent decides for its own."),
        .init(
            "max-body-bytes", \.maxBodyBytes, .bytes(1024...(1 << 30)), help: "Largest request body and message."),
        .init(
            "max-stream-bytes", \.maxStreamBytes, .bytes(1024...(1 << 50)),
            help: "Largest request body of a streaming call: all its messages together, each up to max-body-bytes."),
        .init(
            "max-call-seconds", \.maxCall, .seconds(1...86_400),
            help: "A longer time-out of a caller is cut to this one."),
        .init(
            "max-concurrency", \.maxConcurrency, .integer(0...1024, unit: "requests"),
            help: "Requests worked on at the same time; 0: two for each processor, at least four."),
        .init(
            "max-queue", \.maxQueue, .integer(0...100_000, unit: "requests"),
            help: "Requests that wait for a place; more are refused as RESOURCE_EXHAUSTED."),
        .init(
            "grace-seconds", \.grace, .seconds(0...3600),
            help: "On SIGTERM: time between readiness going false and the listener closing."),
        .init(
            "drain-seconds", \.drain, .seconds(0...3600),
            help: "On SIGTERM: time that requests in flight get to finish."),
    ]

    /// What the framing of a call may add to a message of the largest size.
    private static let envelopeBytes = 64 << 10

    /// What the port accepts.
    var httpLimits: HTTPLimits {
        var limits = limits
        limits.maxBodyBytes = maxBodyBytes + Self.envelopeBytes
        return limits
    }

    /// Checks what no single field can.
    package func checkConsistency() throws(ConfigurationError) {
        try checkTLS()
        guard maxStreamBytes >= maxBodyBytes else {
            throw .contradiction(
                key: "max-stream-bytes", value: "\(maxStreamBytes)",
                reason: "one message of max-body-bytes would not fit")
        }
        try access.checkConsistency(tlsClientAuthorities: tlsClientCA)
        guard limits.maxBytesInFlight >= maxBodyBytes + Self.envelopeBytes else {
            throw .contradiction(
                key: "max-bytes-in-flight", value: "\(limits.maxBytesInFlight)",
                reason: "one request of max-body-bytes would not fit")
        }
    }

    /// The same fields inside a larger configuration.
    package static func fields<Outer: Sendable>(
        at path: any WritableKeyPath<Outer, ServerOptions> & Sendable
    ) -> [ConfigurationField<Outer>] {
        fields.map { $0.nested(at: path) }
    }
}

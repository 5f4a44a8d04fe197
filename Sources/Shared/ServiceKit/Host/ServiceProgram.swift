import Foundation
import HTTP

/// The main function of every server: configuration, start, signals, orderly end.
package enum ServiceProgram {
    /// Version of the programs, as they name it to their peers.
    package static let version = "0.1.0"

    /// Runs until SIGTERM or SIGINT, then ends the process; SIGHUP reads certificates, tokens and keys again. Exit status: 0 after an
    /// orderly end, 64 or 78 for a wrong configuration (sysexits), 1 when the service cannot start or a second signal
    /// cuts the draining short.
    ///
    /// - Parameter make: builds the service; it is not asked to work before `prepare`.
    package static func run<Configuration: ServerConfiguration>(
        _ make: @Sendable (Configuration, ServiceContext) throws -> any Service
    ) async -> Never {
        let configuration: Configuration
        let unknownVariables: [String]
        do {
            let outcome = try ConfigurationLoader.load(
                Configuration.self, arguments: Array(CommandLine.arguments.dropFirst()),
                environment: ProcessInfo.processInfo.environment)
            switch outcome {
            case .help(let text):
                print(text)
                exit(0)
            case .run(let value, let names): (configuration, unknownVariables) = (value, names)
            }
        } catch {
            Logger.standardError("\(Configuration.program): \(error)")
            exit(error.exitStatus)
        }
        let options = configuration.server
        let logger = Logger(service: Configuration.program, level: options.logLevel)
        for name in unknownVariables {
            logger.warning("environment variable has no meaning here", ["name": .string(name)])
        }
        let signals = ProcessSignals([SIGTERM, SIGINT, SIGHUP])
        do {
            let tls = try options.loadTLS()
            let authenticator = try options.access.load()
            let metrics = Metrics()
            let context = ServiceContext(
                logger: logger, metrics: metrics, audit: try options.openAudit(logger: logger, metrics: metrics),
                exporter: options.otlpEndpoint.map { OTLPExporter(endpoint: $0, logger: logger) },
                traceSampleRatio: options.traceSampleRatio)
            let service = try make(configuration, context)
            let host = ServiceHost(
                service: service, options: options, context: context, tls: tls, authenticator: authenticator)
            await serve(host, until: signals, context)
        } catch let error as ConfigurationError {
            Logger.standardError("\(Configuration.program): \(error)")
            exit(error.exitStatus)
        } catch {
            logger.error("cannot start", ["error.text": .string(String(describing: error))])
            exit(1)
        }
    }

    /// A signal also ends a start that takes long.
    private static func serve(_ host: ServiceHost, until signals: ProcessSignals, _ context: ServiceContext) async
        -> Never
    {
        Task {
            do {
                _ = try await host.start()
            } catch {
                context.logger.error("cannot start", ["error.text": .string(String(describing: error))])
                exit(1)
            }
        }
        var isStopping = false
        for await signal in signals.received {
            context.logger.info("signal received", ["signal": .int(Int(signal))])
            if signal == SIGHUP {
                host.reload()
                continue
            }
            if isStopping { exit(1) }
            isStopping = true
            Task {
                await host.stop()
                exit(0)
            }
        }
        exit(1)
    }
}

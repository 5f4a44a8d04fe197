package import Cryptography
import Foundation
package import HTTP
import OpenInference
import RPC

/// One service on one port: its calls, those for health and reflection, the Open Inference Protocol, `/healthz/live`,
/// `/healthz/ready`, `/metrics`.
///
/// `/healthz/live` is 200 as long as the program answers at all; `/healthz/ready` is 200 while work is taken and 503
/// with the reason in words otherwise.
package final class ServiceHost: Sendable {
    private let options: ServerOptions
    private let context: ServiceContext
    private let service: any Service
    private let front: Front
    private let access: AccessControl
    private let server: HTTPServer
    /// Methods that nobody may call where access is controlled, because the table of access does not name them.
    package let methodsWithoutRule: [String]

    /// - Parameters:
    ///   - tls: what connections are accepted with; nil: in clear text.
    ///   - authenticator: who callers are known by; nil: they need not be known.
    package init(
        service: any Service, options: ServerOptions, context: ServiceContext, tls: TLSContext? = nil,
        authenticator: Authenticator? = nil
    ) {
        self.options = options
        self.context = context
        self.service = service

        var limits = RPCLimits()
        limits.maxMessageBytes = options.maxBodyBytes
        limits.maxTimeout = options.maxCall
        let observer = CallObserver(logger: context.logger, metrics: context.metrics, spans: context.tracer)
        access = AccessControl(
            options.access, table: service.accessTable, authenticator: authenticator, context: context)
        var router = RPCRouter(limits: limits, observer: observer, gate: access)
        service.register(in: &router)
        let inference = InferenceServer(
            name: context.logger.service, version: ServiceProgram.version,
            isReady: { context.health.state == .ready }, catalog: { service.hostedModels })
        inference.register(in: &router)
        StandardServices.register(in: &router, health: context.health)
        methodsWithoutRule = access.methodsWithoutRule(among: router.methodNames)
        let front = Front(
            router: router,
            inference: HTTPInference(inference, maxBodyBytes: options.maxBodyBytes, observer: observer),
            service: service, context: context, cors: CORSPolicy(options.corsOrigins),
            spans: context.tracer, access: access)
        self.front = front

        let door = ServerMetrics(logger: context.logger, metrics: context.metrics)
        server = HTTPServer(
            host: options.host, port: options.port, limits: options.httpLimits, tls: tls, observer: door.observe,
            bodyLimit: { [calls = router, service] in
                calls.isStreaming($0) || service.streamsBody(at: $0) ? options.maxStreamBytes : nil
            }, executor: { [service] in service.executor(at: $0) }
        ) {
            await front.respond(to: $0)
        }
        ServerMetrics.add(server.figures, to: context.metrics)
        context.metrics.addProcessMetrics()
    }

    /// The answer to a request that came some other way than over the port.
    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        await front.respond(to: request)
    }

    /// Listens, prepares the service, and becomes ready.
    ///
    /// - Returns: the bound port.
    /// - Throws: `HTTPError.cannotListen`, an error of the port file, or what the service's `prepare` throws.
    package func start() async throws -> Int {
        let port = try await server.start()
        context.tracer.start()
        context.logger.info("listening", ["address": .string("\(options.host):\(port)")])
        warnOfOpenDoors()
        context.audit?.note(AuditRecord(.start))
        if let path = options.portFile {
            try Data("\(port)\n".utf8).write(to: URL(filePath: path), options: .atomic)
        }
        let state = try await service.prepare()
        context.health.set(state)
        context.logger.info("prepared", ["state": .string(state.text)])
        return port
    }

    private func warnOfOpenDoors() {
        guard !options.isLoopback else { return }
        if !access.isOn {
            context.logger.warning(
                "NO ACCESS CONTROL: whoever reaches this address may send, read and review; see access-tokens",
                ["host": .string(options.host)])
        } else if options.tlsCertificate == nil {
            context.logger.warning(
                "tokens come in clear text: whoever listens on the network can use them; see tls-certificate",
                ["host": .string(options.host)])
        }
    }

    /// Reads certificates, tokens and keys again.
    package func reload() {
        reloadCertificates()
        reloadAccess()
    }

    /// What is wrong is logged, and the old tokens and keys stay.
    private func reloadAccess() {
        guard options.access.isOn else { return }
        do throws(ConfigurationError) {
            access.use(try options.access.load())
            context.logger.info("access control reloaded")
            context.audit?.note(AuditRecord(.configurationReload, detail: "done"))
        } catch {
            context.logger.error(
                "access control not reloaded, the old one stays", ["error.text": .string(String(describing: error))])
            context.audit?.note(AuditRecord(.configurationReload, detail: "failed"))
        }
    }

    /// What is wrong is logged, and the old ones stay.
    private func reloadCertificates() {
        do {
            guard let tls = try options.loadTLS() else { return }
            server.use(tls)
            service.use(tls)
            context.logger.info("certificates reloaded")
        } catch {
            context.logger.error(
                "certificates not reloaded, the old ones stay", ["error.text": .string(String(describing: error))])
        }
    }

    /// Ends in order: readiness false, grace, no new connections, requests in flight answered, service shut down.
    package func stop() async {
        context.health.set(.draining)
        context.logger.info("draining", ["grace_ms": .milliseconds(options.grace)])
        try? await Task.sleep(for: options.grace)
        await server.drain(within: options.drain)
        await service.shutDown()
        await context.tracer.stop()
        await context.audit?.close()
        context.logger.info("stopped")
    }
}

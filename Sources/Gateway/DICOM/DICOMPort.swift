import Cryptography
import DICOMNetwork
import Foundation
import ServiceKit
import Synchronization

/// The gateway's DICOM port: started with the service, drained with it.
final class DICOMPort: Sendable {
    private let options: DICOMOptions
    private let server: DICOMServer
    private let drainLimit: Duration
    private let grace: Duration
    private let log: Logger
    private let draining = Mutex<Task<Void, Never>?>(nil)
    private let bound = Mutex<Int?>(nil)

    /// - Throws: `ConfigurationError` where the certificates cannot be used.
    init(
        _ options: DICOMOptions, server: ServerOptions, receiver: any InstanceReceiver,
        context: ServiceContext
    ) throws(ConfigurationError) {
        self.options = options
        let metrics = DICOMMetrics(context.metrics, log: context.logger)
        self.server = DICOMServer(
            options.serverOptions(server),
            tls: options.usesTLS ? try server.loadTLS() : nil, receiver: receiver, observe: metrics.observe)
        metrics.register(self.server, in: context.metrics)
        drainLimit = server.drain
        grace = server.grace
        log = context.logger
    }

    /// Listens. Once `health` says that the service is draining, associations get their time to finish.
    ///
    /// - Throws: `ListenError`, or an error of the port file.
    func start(watching health: Health) throws {
        let port = try server.start()
        bound.withLock { $0 = port }
        log.info(
            "listening for DICOM",
            [
                "address": .string("\(options.host):\(port)"), "ae_title": .string(options.policy.aeTitle),
                "tls": .bool(options.usesTLS),
            ])
        if let path = options.portFile {
            try Data("\(port)\n".utf8).write(to: URL(filePath: path), options: .atomic)
        }
        draining.withLock {
            $0 = Task { [self] in
                var isDraining = false
                for await state in health.states() where state == .draining { isDraining = true }
                guard isDraining else { return }
                try? await Task.sleep(for: grace)
                await server.drain(within: drainLimit)
            }
        }
    }

    /// What takes studies now; nil before `start`.
    var entity: SiteReport.DICOMEntity? {
        bound.withLock { $0 }.map { .init(aeTitle: options.policy.aeTitle, port: $0, usesTLS: options.usesTLS) }
    }

    /// Uses these certificates for new connections.
    func use(_ tls: TLSContext) {
        if options.usesTLS { server.use(tls) }
    }

    /// Waits until the last association has ended, or its time to finish has.
    func shutDown() async {
        let task = draining.withLock { $0 }
        task?.cancel()
        await task?.value
        await server.drain(within: .zero)
    }
}

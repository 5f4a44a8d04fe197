package import Cryptography
package import HTTP
package import OpenInference
package import RPC

/// What a program serves; `ServiceHost` gives it a port, health, metrics, logs and an orderly end.
package protocol Service: Sendable {
    /// Adds the methods this service answers.
    func register(in router: inout RPCRouter)
    /// Answers a request that is no call and none of the host's own paths; nil: not found. Asked only for what
    /// `accessTable` names; the request's caller is known then.
    func respond(to request: HTTPRequest) async -> HTTPResponse?
    /// What each method and path demands of its callers.
    var accessTable: AccessTable { get }
    /// Whether bodies sent to a path that is no call are taken piece by piece: `max-stream-bytes` bounds them.
    func streamsBody(at path: String) -> Bool
    /// Where requests for this path are answered; nil: on Swift's pool of threads, which must not wait.
    func executor(at path: String) -> (any TaskExecutor)?
    /// The networks that answer bare tensors now (Open Inference Protocol).
    var hostedModels: ModelCatalog { get }
    /// Makes the service able to work: loads models, opens stores. The host already listens and says "starting".
    ///
    /// - Returns: the state to show afterwards. Later changes go to `ServiceContext.health`.
    func prepare() async throws -> Health.State
    /// Takes certificates that were read again, for ports of the service's own.
    func use(_ tls: TLSContext)
    /// Called when the last request has been answered, before the program ends.
    func shutDown() async
}

extension Service {
    package func respond(to request: HTTPRequest) async -> HTTPResponse? { nil }
    package func streamsBody(at path: String) -> Bool { false }
    package func executor(at path: String) -> (any TaskExecutor)? { nil }
    package var accessTable: AccessTable { .hilum }
    package var hostedModels: ModelCatalog { .empty }
    package func prepare() async throws -> Health.State { .ready }
    package func use(_ tls: TLSContext) {}
    package func shutDown() async {}
}

/// What a service shares with its host.
package struct ServiceContext: Sendable {
    /// Where lines go.
    package let logger: Logger
    /// Where figures go.
    package let metrics: Metrics
    /// Whether work is taken.
    package let health: Health
    /// Where what was done is kept; nil: nowhere.
    package let audit: AuditLog?
    /// Where operations of traces go.
    package let tracer: Tracer

    /// - Parameters:
    ///   - exporter: who sends traces to a collector; nil: they only go along with calls.
    ///   - traceSampleRatio: part of the traces beginning here that are kept.
    package init(
        logger: Logger, metrics: Metrics = Metrics(), health: Health = Health(), audit: AuditLog? = nil,
        exporter: OTLPExporter? = nil, traceSampleRatio: Double = 1
    ) {
        self.logger = logger
        self.metrics = metrics
        self.health = health
        self.audit = audit
        tracer = Tracer(exporter: exporter, sampleRatio: traceSampleRatio, metrics: metrics)
    }
}

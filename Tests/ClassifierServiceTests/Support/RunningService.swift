import ClassifierService
import Foundation
import HTTP
import RPC
import ServiceKit
import Synchronization
import Testing
import Wire

/// A classifier on a free port, with one bundle of nine findings by formula.
final class RunningService: Sendable {
    let client: RPCClient
    let address: String
    let host: ServiceHost

    init(_ change: (inout ClassifierConfiguration) -> Void = { _ in }) async throws {
        var configuration = ClassifierConfiguration()
        configuration.server.port = 0
        configuration.server.grace = .zero
        configuration.server.drain = .seconds(5)
        configuration.models = try Self.bundles.get().url.path
        configuration.threads = 2
        change(&configuration)
        let lines = LogLines()
        let context = ServiceContext(logger: Logger(service: "classifier-service", level: .trace, sink: lines.add))
        log = lines
        host = ServiceHost(
            service: ClassifierService(configuration, context), options: configuration.server, context: context)
        let port = try await host.start()
        address = "http://127.0.0.1:\(port)"
        client = RPCClient(address: address)
    }

    /// What was logged.
    let log: LogLines

    /// Starts a service, uses it, and stops it.
    static func run(
        _ change: (inout ClassifierConfiguration) -> Void = { _ in }, _ use: (RunningService) async throws -> Void
    ) async throws {
        let service = try await RunningService(change)
        do {
            try await use(service)
        } catch {
            await service.host.stop()
            throw error
        }
        await service.host.stop()
    }

    func classify(_ request: ClassifyRequest) async throws(RPCStatus) -> ClassifyResponse {
        try await client.unary(ClassifierServiceMethods.classify, request, timeout: .seconds(60))
    }

    func get(_ path: String, method: String = "GET", fields: HTTPFields = [:], body: Data = Data()) async throws
        -> (status: Int, text: String)
    {
        let response = try await HTTPClient.shared.send(
            HTTPClient.Request(method: method, url: address + path, fields: fields, body: body, timeout: .seconds(60)))
        return (response.status, String(decoding: try await response.body.collect(limit: 1 << 24), as: UTF8.self))
    }

    /// Written once, since weights take a while.
    private static let bundles = Result {
        let folder = try TemporaryFolder()
        try TestBundle(name: "chest-xray", version: "1", codes: TestBundle.allCodes).write(under: folder.url)
        return folder
    }
}

/// Lines of a logger.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    var add: Logger.Sink { { line in self.lines.withLock { $0.append(line) } } }
}

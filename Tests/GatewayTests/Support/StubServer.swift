import HTTP
import RPC

/// A stub backend on a port of this machine.
final class StubServer: Sendable {
    let backend: StubBackend
    let port: Int
    private let server: HTTPServer

    var address: String { "http://127.0.0.1:\(port)" }

    /// - Parameter port: 0 lets the system choose.
    init(_ backend: StubBackend, port: Int = 0) async throws {
        var router = RPCRouter()
        backend.register(in: &router)
        let methods = router
        server = HTTPServer(host: "127.0.0.1", port: port) { request in
            await methods.respond(to: request) ?? HTTPResponse(status: 404)
        }
        self.backend = backend
        self.port = try await server.start()
    }

    func stop() async {
        await server.drain(within: .seconds(1))
    }
}

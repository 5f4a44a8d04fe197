import Foundation
import HTTP
import RPC
import Wire

/// Gives back what it gets, over every protocol: the server that load generators and foreign clients are pointed at.
///
/// `POST /echo` streams the body back, `POST /collect` and `POST /count` answer with its size, the one when it has it
/// whole, the other as it comes, `GET /` with one line; calls of
/// `bench.Echo/Unary`, `bench.Echo/Upload` and `grpc.health.v1.Health/Check` are answered. Usage: `EchoServer PORT`.
@main
struct Main {
    /// Gives its request back.
    private static let echo = MethodDescriptor<ClassifyRequest, ClassifyRequest>(
        service: "bench.Echo", name: "Unary", shape: .unary, idempotency: .unknown)
    /// Reads its request and answers with the size of its bytes.
    private static let upload = MethodDescriptor<ClassifyRequest, HealthCheckRequest>(
        service: "bench.Echo", name: "Upload", shape: .unary, idempotency: .unknown)

    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8090
        var router = RPCRouter()
        router.unary(echo, isShort: true) { request, _ in request }
        router.unary(upload) { request, _ in HealthCheckRequest(service: "\(request.image.count)") }
        router.unary(HealthMethods.check, isShort: true) { request, _ in
            HealthCheckResponse(status: request.service.isEmpty ? .serving : .unknown)
        }
        var limits = HTTPLimits()
        limits.maxBodyBytes = 4 << 30
        limits.maxBytesInFlight = 8 << 30
        limits.headerTimeout = .seconds(5)  // the tests wait for it
        // Load generators are one peer with many connections.
        limits.maxConnections = 8192
        limits.maxConnectionsPerPeer = 8192
        let server = HTTPServer(host: "127.0.0.1", port: port, limits: limits) { [router] request in
            await answer(request, router)
        }
        let bound = try await server.start()
        FileHandle.standardOutput.write(Data("listening on 127.0.0.1:\(bound)\n".utf8))
        while true { try await Task.sleep(for: .seconds(3600)) }
    }

    private static func answer(_ request: HTTPRequest, _ router: RPCRouter) async -> HTTPResponse {
        switch request.path {
        case "/": return .text(200, "hello\n")
        case "/echo": return HTTPResponse(status: 200, body: request.body)
        case "/collect":
            do {
                return .text(200, "\(try await request.body.collect(limit: 1 << 30).count)\n")
            } catch {
                return .text(status(of: error), "\(error)\n")
            }
        case "/count":
            do {
                var count = 0
                for try await bytes in request.body { count += bytes.count }
                return .text(200, "\(count)\n")
            } catch {
                return .text(400, "\(error)\n")
            }
        default: return await router.respond(to: request) ?? .text(404, "not found\n")
        }
    }

    private static func status(of error: HTTPError) -> Int {
        switch error {
        case .bodyTooLarge: 413
        case .timedOut: 408
        default: 400
        }
    }
}

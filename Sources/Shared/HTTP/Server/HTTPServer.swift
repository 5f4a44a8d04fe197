import Foundation
import Synchronization

/// Answers requests; runs in a Task of its own, which is cancelled when the peer goes away.
package typealias HTTPHandler = @Sendable (HTTPRequest) async -> HTTPResponse

/// HTTP/1.1 and HTTP/2 on one port. It ends with `drain`.
package final class HTTPServer: Sendable {
    /// What lives while the server listens.
    private struct Running: Sendable {
        let loop: EventLoop
        let parts: LoopBound<(listener: Listener, state: ServerState)>
    }

    private let host: String
    private let port: Int
    private let limits: HTTPLimits
    private let handler: HTTPHandler
    private let running = Mutex<Running?>(nil)

    /// - Parameters:
    ///   - host: an address of this machine, or a name for one.
    ///   - port: 0 lets the system choose.
    package init(host: String, port: Int, limits: HTTPLimits = HTTPLimits(), handler: @escaping HTTPHandler) {
        self.host = host
        self.port = port
        self.limits = limits
        self.handler = handler
    }

    /// Listens, and gives the port. To be called once.
    package func start() async throws(HTTPError) -> Int {
        let socket = try SocketAddress.listen(host: host, port: port)
        let loop: EventLoop
        do {
            loop = try EventLoop(name: "http-\(socket.port)")
        } catch {
            close(socket.descriptor)
            throw error
        }
        let state = ServerState(limits: limits, handler: handler)
        let listener = Listener(descriptor: socket.descriptor, loop: loop, server: state)
        let parts = LoopBound((listener: listener, state: state), to: loop)
        running.withLock { $0 = Running(loop: loop, parts: parts) }
        parts.execute { $0.listener.open() }
        return socket.port
    }

    /// Stops accepting, tells every peer to send nothing more (`Connection: close`, GOAWAY), and returns when every
    /// request that was in flight is answered; after `limit` what is left is cut off.
    package func drain(within limit: Duration) async {
        guard let running = running.withLock({ $0.take() }) else { return }
        let ended = AsyncStream<Void> { continuation in
            running.parts.execute { parts in
                parts.listener.close()
                parts.state.drain { continuation.finish() }
            }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in ended {} }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        running.parts.execute { $0.state.closeAll() }
        running.loop.stop()
    }
}

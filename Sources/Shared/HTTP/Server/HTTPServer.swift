package import Cryptography
import CLinux
import Foundation
import Synchronization

/// Answers requests; runs in a Task of its own, which is cancelled when the peer goes away.
///
/// It starts on the event loop's thread and stays there until it first waits, so that short work is answered without
/// a change of threads. What takes long or blocks calls `leaveEventLoop` before.
package typealias HTTPHandler = @Sendable (HTTPRequest) async -> HTTPResponse

/// The largest body of a request for a path, in bytes, where it is not `HTTPLimits.maxBodyBytes`. Asked on the event
/// loop's thread, with the path as it was sent.
package typealias HTTPBodyLimit = @Sendable (_ path: String) -> Int?

/// Where the handler of a request runs from its beginning, instead of the event loop's thread; nil: there. Asked on the
/// event loop's thread, with the path as it was sent.
package typealias HTTPExecutorChoice = @Sendable (_ path: String) -> (any TaskExecutor)?

/// Takes a handler off the event loop's thread: what follows runs on Swift's pool of threads, or where the server's choice
/// of executors has it run already.
package func leaveEventLoop() async {
    // A Task that is resumed before it has gone to sleep stays where it is, and a thread of the pool may be that fast.
    while linux_current_loop() != nil { await Task.yield() }
}

/// HTTP/1.1 and HTTP/2 on one port, in clear text (HTTP/2 by prior knowledge) or under TLS (by ALPN).
/// It ends with `drain`.
package final class HTTPServer: Sendable {
    /// What lives while the server listens.
    private struct Running: Sendable {
        let loop: EventLoop
        let parts: LoopBound<(listener: Listener, state: ServerState)>
    }

    private let host: String
    private let port: Int
    private let limits: HTTPLimits
    private let tls: Mutex<TLSContext?>
    private let observer: HTTPServerObserver
    private let bodyLimit: HTTPBodyLimit
    private let executor: HTTPExecutorChoice
    private let handler: HTTPHandler
    /// What it holds just now.
    package let figures = HTTPServerFigures()
    private let running = Mutex<Running?>(nil)

    /// - Parameters:
    ///   - host: an address of this machine, or a name for one.
    ///   - port: 0 lets the system choose.
    ///   - tls: what connections are accepted with; nil: in clear text.
    ///   - observer: hears what happens at the door.
    ///   - bodyLimit: by default `limits.maxBodyBytes` holds for all paths.
    ///   - executor: by default all handlers start on the event loop's thread.
    package init(
        host: String, port: Int, limits: HTTPLimits = HTTPLimits(), tls: TLSContext? = nil,
        observer: @escaping HTTPServerObserver = { _ in }, bodyLimit: @escaping HTTPBodyLimit = { _ in nil },
        executor: @escaping HTTPExecutorChoice = { _ in nil }, handler: @escaping HTTPHandler
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.tls = Mutex(tls)
        self.observer = observer
        self.bodyLimit = bodyLimit
        self.executor = executor
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
        let state = ServerState(
            limits: limits, tls: tls.withLock { $0 }, loop: loop, figures: figures, observer: observer,
            bodyLimit: bodyLimit, executor: executor, handler: handler)
        let listener = Listener(descriptor: socket.descriptor, loop: loop, server: state)
        let parts = LoopBound((listener: listener, state: state), to: loop)
        running.withLock { $0 = Running(loop: loop, parts: parts) }
        parts.execute { $0.listener.open() }
        return socket.port
    }

    /// Accepts connections with `tls` from now on; those that are open keep what they have.
    package func use(_ tls: TLSContext) {
        self.tls.withLock { $0 = tls }
        running.withLock { $0 }?.parts.execute { $0.state.tls = tls }
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

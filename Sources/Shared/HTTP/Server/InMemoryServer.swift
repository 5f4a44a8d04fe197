import Foundation

/// A server without sockets and without a thread: a test or a fuzzer plays the peers and the event loop.
///
/// What the server does it does inside `InMemoryConnection.turn`, on the caller's thread.
package final class InMemoryServer {
    private let loop: EventLoop
    private let state: ServerState
    private let figures = HTTPServerFigures()

    /// - Throws: `HTTPError.system` where the process may open no more descriptors.
    package init(limits: HTTPLimits = HTTPLimits(), handler: @escaping HTTPHandler) throws(HTTPError) {
        loop = try EventLoop(name: nil)
        state = ServerState(
            limits: limits, tls: nil, loop: loop, figures: figures, observer: { _ in }, bodyLimit: { _ in nil },
            executor: { _ in nil }, handler: handler)
    }

    /// Bytes of requests and answers that the server holds.
    package var bytesInFlight: Int { figures.bytesInFlight }

    /// A peer connects.
    ///
    /// - Parameter bytesPerTurn: how many bytes of an answer the peer takes in one round.
    package func connect(bytesPerTurn: Int = .max) -> InMemoryConnection {
        let transport = MemoryTransport(bytesPerTurn: bytesPerTurn)
        let connection = Connection(transport, remoteAddress: "memory", loop: loop, server: state)
        connection.open()
        return InMemoryConnection(transport, connection, loop)
    }
}

/// The peer's end of a connection to an `InMemoryServer`.
package final class InMemoryConnection {
    private let transport: MemoryTransport
    private let connection: Connection
    private let loop: EventLoop

    fileprivate init(_ transport: MemoryTransport, _ connection: Connection, _ loop: EventLoop) {
        self.transport = transport
        self.connection = connection
        self.loop = loop
    }

    /// What the server has sent.
    package var output: [UInt8] { transport.output }
    package var isOpen: Bool { connection.isOpen }

    /// Sends bytes, which one read takes together with all that wait.
    package func send(_ bytes: some Sequence<UInt8>) {
        transport.input.append(contentsOf: bytes)
    }

    /// Sends nothing more.
    package func end() {
        transport.hasEnded = true
    }

    /// One round of the server's loop.
    ///
    /// - Returns: whether the server did anything, or has something to do.
    package func turn() -> Bool {
        let before = transport.progress
        let hadJobs = loop.hasJobs
        transport.beginTurn()
        if connection.isOpen { connection.becameReady(transport.readiness) }
        loop.turn(milliseconds: nil)
        return hadJobs || loop.hasJobs || transport.progress != before
    }
}

/// Bytes in two arrays.
private final class MemoryTransport: ByteTransport {
    let descriptor: Int32 = -1
    var input: [UInt8] = []
    var hasEnded = false
    private(set) var output: [UInt8] = []
    private let bytesPerTurn: Int
    private var room = 0
    private var readCount = 0

    init(bytesPerTurn: Int) {
        self.bytesPerTurn = bytesPerTurn
    }

    /// Grows whenever bytes move.
    var progress: Int { readCount + output.count }

    var readiness: Readiness {
        var readiness: Readiness = .writable
        if hasEnded { readiness.insert(.readClosed) }
        if hasEnded || !input.isEmpty { readiness.insert(.readable) }
        return readiness
    }

    func beginTurn() {
        room = bytesPerTurn
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        guard !input.isEmpty else { return hasEnded ? .ended : .notNow }
        let count = min(input.count, buffer.count)
        buffer.copyBytes(from: input[..<count])
        input.removeFirst(count)
        readCount += count
        return .bytes(count)
    }

    func write(_ pieces: UnsafeBufferPointer<iovec>) -> Outcome {
        guard room > 0 else { return .notNow }
        var written = 0
        for piece in pieces {
            let bytes = UnsafeRawBufferPointer(start: piece.iov_base, count: piece.iov_len).prefix(room)
            output.append(contentsOf: bytes)
            written += bytes.count
            room -= bytes.count
        }
        return .bytes(written)
    }

    func finishWriting() {}

    func close() {}
}

import Cryptography
import Foundation

/// What the connections of one loop share; lives on the loop's thread.
final class ServerState {
    let limits: HTTPLimits
    let handler: HTTPHandler
    private let bodyLimit: HTTPBodyLimit
    private let executor: HTTPExecutorChoice
    let observer: HTTPServerObserver
    let loop: EventLoop
    private(set) var connections: [ObjectIdentifier: Connection] = [:]
    private var connectionsByPeer: [Substring: Int] = [:]
    private(set) var isDraining = false
    private var whenEmpty: (@Sendable () -> Void)?
    /// What connections are accepted with from now on; nil: in clear text.
    var tls: TLSContext?
    /// Where every connection of the loop reads into: its bytes are worked off before the next read.
    let readBuffer: UnsafeMutableRawBufferPointer
    /// Where TLS gathers what leaves in one record.
    let recordBuffer: UnsafeMutableRawBufferPointer
    let date = DateField()
    private var pressure: MemoryPressure

    init(
        limits: HTTPLimits, tls: TLSContext?, loop: EventLoop, figures: HTTPServerFigures,
        observer: @escaping HTTPServerObserver, bodyLimit: @escaping HTTPBodyLimit,
        executor: @escaping HTTPExecutorChoice, handler: @escaping HTTPHandler
    ) {
        self.limits = limits
        self.bodyLimit = bodyLimit
        self.executor = executor
        self.tls = tls
        self.loop = loop
        self.observer = observer
        self.handler = handler
        pressure = MemoryPressure(limit: limits.maxBytesInFlight, figures: figures)
        readBuffer = .allocate(byteCount: 256 << 10, alignment: 16)
        recordBuffer = .allocate(byteCount: TLSTransport.recordCount, alignment: 16)
    }

    deinit {
        readBuffer.deallocate()
        recordBuffer.deallocate()
    }
}

extension ServerState {
    /// Of the body of a request for `path`, in bytes.
    func maxBodyBytes(_ path: String) -> Int { bodyLimit(path) ?? limits.maxBodyBytes }

    /// Starts the handler on a request.
    func start(
        _ id: Int32, _ request: HTTPRequest, port: LoopBound<any ResponsePort>
    ) -> Task<Void, Never> {
        Exchange.start(id, request, handler: handler, executor: executor(request.path), port: port)
    }
}

// MARK: Connections
extension ServerState {
    /// The limit that one more connection from `peer` would break.
    func refusal(of peer: Substring) -> HTTPServerLimit? {
        if connections.count >= limits.maxConnections { return .connections }
        return connectionsByPeer[peer, default: 0] >= limits.maxConnectionsPerPeer ? .connectionsPerPeer : nil
    }

    func connectionOpened(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = connection
        connectionsByPeer[connection.peer, default: 0] += 1
        observer(.connectionOpened)
    }

    func connectionClosed(_ connection: Connection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        let left = connectionsByPeer[connection.peer, default: 1] - 1
        connectionsByPeer[connection.peer] = left > 0 ? left : nil
        observer(.connectionClosed)
        reportIfEmpty()
    }

    /// Tells every connection to end, and calls `whenEmpty` once the last one has.
    func drain(whenEmpty: @escaping @Sendable () -> Void) {
        isDraining = true
        self.whenEmpty = whenEmpty
        for connection in Array(connections.values) { connection.drain() }
        reportIfEmpty()
    }

    func closeAll() {
        for connection in Array(connections.values) { connection.close() }
    }

    private func reportIfEmpty() {
        guard connections.isEmpty, let report = whenEmpty else { return }
        whenEmpty = nil
        report()
    }
}

// MARK: Bytes in flight
extension ServerState {
    /// Whether reading of bodies pauses.
    var isUnderPressure: Bool { pressure.isOn }
    /// Whether that lasts, so that no new request is taken.
    var refusesRequests: Bool { pressure.lasts }

    func bytesInFlightChanged(by change: Int) {
        switch pressure.changed(by: change) {
        case .none: return
        case .began:
            observer(.limitReached(.bytesInFlight))
            lookAgain(pressure.episode)
        case .ended: break
        }
        for connection in Array(connections.values) { connection.pressureChanged() }
    }

    private func lookAgain(_ episode: Int) {
        let bound = LoopBound(self, to: loop)
        let patience = limits.overloadPatience
        Task {
            try? await Task.sleep(for: patience)
            bound.execute { $0.relieve(episode) }
        }
    }

    /// Gives up the request that holds most, where reading has paused for long: otherwise bodies that are each half
    /// here would wait for each other.
    private func relieve(_ episode: Int) {
        guard pressure.isOn, pressure.episode == episode else { return }
        pressure.lasts = true
        let largest = connections.values.max { $0.sheddableBytes < $1.sheddableBytes }
        if let largest, largest.sheddableBytes > 0 { largest.shed() }
        lookAgain(episode)
    }
}

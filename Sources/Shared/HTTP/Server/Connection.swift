import Cryptography
import Foundation

/// What speaks HTTP on a connection, bytes in and bytes out; it sees no socket.
///
/// It sends through its `Connection` and says there what it waits for.
protocol Speaker: AnyObject {
    /// Takes all of `bytes`, which are valid during the call.
    func receive(_ bytes: UnsafeRawBufferPointer)
    /// Takes bytes where it has a better place for them than the buffer that all connections share.
    ///
    /// - Parameter read: fills memory from the connection, gives the count of bytes.
    /// - Returns: that count; nil where there is no such place.
    func receiveBody(_ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int?
    /// Whether a request's head has come whose body is likely to be there already.
    var isBeforeBody: Bool { get }
    /// Nothing more is there for now.
    func tookWhatCame()
    /// Whether reading is paused because a handler is slower than its peer, or requests wait their turn: then the peer
    /// may have ended its side with bytes still to be read. Otherwise a peer that ends its side has left.
    var holdsBackBody: Bool { get }
    /// Bytes of requests and answers that it keeps, beside what it sent to the connection.
    var heldBytes: Int { get }
    /// Whether reading pauses while the server holds too many bytes.
    var isHeldByPressure: Bool { get }
    /// Bytes of the largest request that is not complete: what `shed` would set free.
    var sheddableBytes: Int { get }
    /// Gives up that request.
    func shed()
    /// Puts what is ready to leave into the connection's output.
    func flush()
    /// The output has room again.
    func outputHasRoom()
    /// The connection waited too long for `phase`.
    func timedOut(_ phase: HTTPError.Phase)
    /// Accepts no further request; ends the connection when those under way are answered.
    func drain()
    /// The connection is gone.
    func connectionClosed()
    /// When the speaker itself wants to look at its clocks, beside those of the connection.
    var nextCheck: ContinuousClock.Instant? { get }
    func check(at now: ContinuousClock.Instant)
}

extension Speaker {
    var isBeforeBody: Bool { false }
    func tookWhatCame() {}
    func receiveBody(_ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int? { nil }
    var holdsBackBody: Bool { false }
    var heldBytes: Int { 0 }
    var isHeldByPressure: Bool { false }
    var sheddableBytes: Int { 0 }
    func shed() {}
    var nextCheck: ContinuousClock.Instant? { nil }
    func check(at now: ContinuousClock.Instant) {}
}

/// One accepted socket: reads into its speaker, writes what the speaker sends, watches the clock.
///
/// Lives on its loop's thread.
final class Connection {
    let loop: EventLoop
    let server: ServerState
    /// `address:port`
    let remoteAddress: String
    /// The address of the peer without its port.
    let peer: Substring
    private let transport: any ByteTransport
    private var key: EventLoop.Key?
    private var speaker: (any Speaker)?
    private var output = OutputQueue()
    private var deadlines: Deadlines
    private var isReadingPaused = false
    private var isReadScheduled = false
    private var isHandshaking = false
    private var isFlushScheduled = false
    private var isReading = false
    private var closesWhenSent = false
    private var finishesWhenSent = false
    /// What the server counts for this connection.
    private var countedBytes = 0
    /// The peer's end has been seen while reading was paused; it is read when reading goes on.
    private var sawReadClosed = false

    init(_ transport: any ByteTransport, remoteAddress: String, loop: EventLoop, server: ServerState) {
        self.transport = transport
        self.remoteAddress = remoteAddress
        peer = SocketAddress.host(of: remoteAddress)
        self.loop = loop
        self.server = server
        deadlines = Deadlines(server.limits)
    }

    /// Begins to read; the first bytes tell the protocol.
    func open() {
        server.connectionOpened(self)
        key = loop.register(transport.descriptor, [.readable, .readClosed], self)
        speaker = ProtocolDetector(self)
        isHandshaking = !transport.isEstablished
        waits(for: isHandshaking ? .handshake : .head)
        if server.isDraining { drain() }
    }

    var isOpen: Bool { key != nil }

    /// What TLS agreed on; nil in clear text.
    var session: TLSSession? { transport.session }

    /// Hands the connection over to the protocol found.
    func speak(_ speaker: any Speaker) {
        self.speaker = speaker
    }

    /// Ends the connection at once; what is not sent yet is lost.
    func close() {
        guard let key else { return }
        self.key = nil
        loop.deregister(key)
        transport.close()
        let speaker = speaker
        self.speaker = nil
        output = OutputQueue()
        speaker?.connectionClosed()
        countBytes()
        server.connectionClosed(self)
    }

    func drain() {
        speaker?.drain()
    }
}

// MARK: What a speaker may do
extension Connection {
    var pendingOutputCount: Int { output.count }

    func send(_ bytes: UnsafeRawBufferPointer) {
        output.append(bytes)
        scheduleFlush()
    }

    func send(_ text: String) {
        output.append(text)
        scheduleFlush()
    }

    /// - Parameter write: puts what is sent into the output.
    func send(_ write: (inout OutputQueue) -> Void) {
        write(&output)
        scheduleFlush()
    }

    func send(_ data: Data) {
        output.append(data)
        scheduleFlush()
    }

    /// Asks for `flush` once the bytes that are being read are worked off, or at the end of the loop's round: what
    /// several answers send leaves together.
    func scheduleFlush() {
        guard isOpen, !isFlushScheduled else { return }
        isFlushScheduled = true
        if !isReading { loop.flushLater(self) }
    }

    /// Closes once everything sent so far has left.
    func closeWhenSent() {
        closesWhenSent = true
        scheduleFlush()
    }

    /// Tells the peer, once everything has left, that nothing follows, and reads on.
    func finishWritingWhenSent() {
        finishesWhenSent = true
        scheduleFlush()
    }

    /// Nothing more is said: what was sent leaves, then the end; what still comes is dropped for a while.
    func linger() {
        guard isOpen else { return }
        speaker = Lingering(self)
        pauseReading(false)
        waits(for: .lingering)
        finishWritingWhenSent()
    }

    /// Tells the server how many bytes are held here.
    func countBytes() {
        let count = output.count + (speaker?.heldBytes ?? 0)
        guard count != countedBytes else { return }
        let change = count - countedBytes
        countedBytes = count
        server.bytesInFlightChanged(by: change)
    }

    /// Pauses reading while the server holds too many bytes, or goes on.
    func pressureChanged() {
        updateInterest()
        if !isPaused, transport.hasPendingInput { scheduleRead() }
    }

    private var isPaused: Bool { isReadingPaused || server.isUnderPressure && speaker?.isHeldByPressure == true }

    var sheddableBytes: Int { speaker?.sheddableBytes ?? 0 }

    func shed() {
        speaker?.shed()
        countBytes()
    }

    func report(_ limit: HTTPServerLimit) {
        server.observer(.limitReached(limit))
    }

    /// Stops reading from the socket, so that the peer's writes come to a halt; or goes on.
    func pauseReading(_ isPaused: Bool) {
        guard isReadingPaused != isPaused else { return }
        isReadingPaused = isPaused
        updateInterest()
        if !isPaused, transport.hasPendingInput { scheduleRead() }
    }

    /// - Parameter instant: when the waiting began; nil: now.
    func waits(for phase: HTTPError.Phase?, since instant: ContinuousClock.Instant? = nil) {
        deadlines.waits(for: phase, since: instant ?? loop.now)
        if phase != nil { scheduleWake() }
    }

    var awaitedPhase: HTTPError.Phase? { deadlines.awaitedPhase }

    /// Sees to it that the clocks are looked at in time.
    func scheduleWake() {
        guard let key else { return }
        if let next = deadlines.next { loop.wake(key, at: next) }
        if let next = speaker?.nextCheck { loop.wake(key, at: next) }
    }
}

// MARK: What the loop says
extension Connection: ReadinessHandler {
    func becameReady(_ readiness: Readiness) {
        if readiness.contains(.readClosed), isPaused {
            guard speaker?.holdsBackBody == true || !isReadingPaused else { return close() }
            sawReadClosed = true
            updateInterest()
        }
        if !isPaused, readiness.contains(.readable) || readiness.contains(.readClosed) { readAvailable() }
        if !readiness.isDisjoint(with: .closed) { return close() }
        if readiness.contains(.writable) {
            if transport.readWaitsForWriting { readAvailable() }
            if isOpen { writeAvailable() }
        }
    }

    func timePassed() {
        guard isOpen else { return }
        speaker?.check(at: loop.now)
        if let phase = deadlines.expired(at: loop.now) {
            if let limit = phase.limit { report(limit) }
            if phase == .write { return close() }
            deadlines.waits(for: nil, since: loop.now)
            speaker?.timedOut(phase)
        }
        scheduleWake()
    }

    func flush() {
        if isOpen { writeAvailable() }
        isFlushScheduled = false
    }

    private func readAvailable() {
        isReading = true
        readBoundedly()
        isReading = false
        speaker?.tookWhatCame()
        // At once and not at the end of the round: the peer works on the answer while others are read.
        if isFlushScheduled { flush() }
    }

    private func readBoundedly() {
        // A bounded number of reads in a row, so that one busy peer does not hold up the others.
        defer { countAfterReading() }
        for _ in 0..<4 where isOpen && !isPaused {
            let (outcome, room) = readOnce()
            switch outcome {
            case .bytes(let count):
                if count < room, !transport.hasPendingInput, speaker?.isBeforeBody != true { return }
            case .notNow:
                if transport.readWaitsForWriting { updateInterest() }
                return
            case .ended, .failed: return endOfInput()
            }
        }
        if isOpen, !isPaused, transport.hasPendingInput { scheduleRead() }
    }

    /// - Returns: what came of it, and how many bytes there was room for.
    private func readOnce() -> (TransportOutcome, room: Int) {
        var outcome = TransportOutcome.notNow
        var room = 0
        let read = { [transport] (buffer: UnsafeMutableRawBufferPointer) in
            outcome = transport.read(into: buffer)
            room = buffer.count
            guard case .bytes(let count) = outcome else { return 0 }
            return count
        }
        if speaker?.receiveBody(read) != nil { return (outcome, room) }
        let count = read(server.readBuffer)
        if isHandshaking { followHandshake() }
        if count > 0 { speaker?.receive(UnsafeRawBufferPointer(rebasing: server.readBuffer[..<count])) }
        return (outcome, room)
    }

    /// Reads in the next round what no event will announce.
    private func scheduleRead() {
        guard !isReadScheduled else { return }
        isReadScheduled = true
        LoopBound(self, to: loop).execute { connection in
            connection.isReadScheduled = false
            if connection.isOpen, !connection.isPaused { connection.readAvailable() }
        }
    }

    private func countAfterReading() {
        guard isOpen else { return }
        countBytes()
        if server.isUnderPressure { updateInterest() }
    }

    private func endOfInput() {
        if let reason = transport.handshakeFailure { server.observer(.handshakeFailed(reason: reason)) }
        close()
    }

    private func followHandshake() {
        guard transport.isEstablished else { return }
        isHandshaking = false
        waits(for: server.isDraining ? .draining : .head)
    }

    private func writeAvailable() {
        defer { if isOpen { countBytes() } }
        speaker?.flush()
        while isOpen, !output.isEmpty {
            let before = output.count
            let outcome = output.drain(transport.write)
            if output.count < before { deadlines.writes(since: loop.now) }
            guard case .bytes = outcome else {
                if outcome != .notNow { return close() }
                break
            }
            speaker?.outputHasRoom()
            speaker?.flush()
        }
        guard isOpen else { return }
        if output.isEmpty {
            deadlines.writes(since: nil)
            if closesWhenSent { return close() }
            if finishesWhenSent {
                finishesWhenSent = false
                transport.finishWriting()
            }
        } else {
            scheduleWake()
        }
        updateInterest()
    }

    private func updateInterest() {
        guard let key else { return }
        var interest: Readiness = []
        if !sawReadClosed { interest.insert(.readClosed) }
        if !isPaused { interest.insert(.readable) }
        if !output.isEmpty || transport.readWaitsForWriting { interest.insert(.writable) }
        loop.setInterest(key, interest)
    }
}

extension HTTPError.Phase {
    /// What a peer met that let this phase last too long; nil where that is nothing bad.
    fileprivate var limit: HTTPServerLimit? {
        switch self {
        case .handshake: .handshakeTime
        case .head: .headerTime
        case .body: .bodyTime
        case .write: .writeTime
        case .idle, .exchange, .draining, .lingering: nil
        }
    }
}

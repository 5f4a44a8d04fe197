import CNGHTTP2
import Foundation

/// HTTP/2 on one connection: every stream is an exchange of its own.
final class HTTP2Connection: Speaker {
    /// Framed bytes that may wait for the socket; more stay in their streams, under flow control.
    private static let maxFramedBytes = 256 << 10
    /// How long a peer has to answer the ping that announces the end.
    private static let patience = Duration.seconds(1)
    /// How often streams that linger are looked at.
    private static let lingerCheck = Duration.milliseconds(200)
    /// How long the rest of a request that is answered already is taken and thrown away.
    private static let lingerTime = Duration.seconds(1)

    private let connection: Connection
    private let limits: HTTPLimits
    private let checkInterval: Duration
    private let session: HTTP2Session
    private var streams: [Int32: HTTP2Stream] = [:]
    /// Requests whose head has come with the bytes being read; their handlers start after these.
    private var arrivals: [HTTP2Stream] = []
    /// The stream whose head is not complete.
    private var openHead: HTTP2Stream?
    /// The stream that was looked up last: most often the next one asked for, too.
    private var recent: HTTP2Stream?
    /// Handlers that run, also those whose peer has given up; bounds what a peer that only resets can start.
    private var liveTasks = 0
    /// When the last request is named, whether the peer has answered the announcement or not.
    private var endsAt: ContinuousClock.Instant?
    private var isDraining = false
    private var resets: RateLimit
    private var controlFrames: RateLimit
    /// Bytes of requests and answers that the streams keep.
    private(set) var heldBytes = 0
    /// Why nothing more is read of the peer.
    private var failure: (code: nghttp2_error_code, text: StaticString)?
    private(set) var nextCheck: ContinuousClock.Instant?

    /// nil when memory is short.
    init?(_ connection: Connection) {
        guard let session = HTTP2Session(limits: connection.server.limits) else { return nil }
        self.connection = connection
        self.session = session
        limits = connection.server.limits
        checkInterval = min(limits.bodyTimeout, limits.writeTimeout) / 4
        resets = RateLimit(perSecond: limits.maxResetRate, at: connection.loop.now)
        controlFrames = RateLimit(perSecond: limits.maxControlFrameRate, at: connection.loop.now)
        session.delegate = self
        connection.scheduleFlush()
    }
}

// MARK: Bytes
extension HTTP2Connection {
    func receive(_ bytes: UnsafeRawBufferPointer) {
        if let code = session.receive(bytes) {
            let (code, text) = failure ?? (code, code == NGHTTP2_ENHANCE_YOUR_CALM ? "too many frames" : "not HTTP/2")
            return end(code, text)
        }
        startHandlers()
        connection.scheduleFlush()
        updatePhase()
    }

    /// Says why the connection ends, and nothing more.
    private func end(_ code: nghttp2_error_code, _ text: StaticString) {
        session.goAway(code, text)
        sendFrames()
        connectionClosed()
        connection.linger()
    }

    private func sendFrames() {
        while connection.pendingOutputCount < Self.maxFramedBytes, session.produce(connection.send) {}
    }

    func flush() {
        sendFrames()
        guard session.isOver else { return }
        connectionClosed()
        connection.linger()
    }

    func outputHasRoom() {}

    private func updatePhase() {
        let phase: HTTPError.Phase? = openHead != nil ? .head : streams.isEmpty ? .idle : nil
        if phase != connection.awaitedPhase { connection.waits(for: phase) }
    }
}

// MARK: Pressure
extension HTTP2Connection {
    /// While answers wait for their peer it is read, since it may be about to open its windows.
    var isHeldByPressure: Bool {
        streams.values.contains { !$0.hasWholeRequest } && !streams.values.contains { $0.outgoing.count > 0 }
    }

    var sheddableBytes: Int { largestIncomplete?.keptBytes ?? 0 }

    func shed() {
        if let largestIncomplete { failBody(largestIncomplete, .overloaded) }
        connection.scheduleFlush()
    }

    private var largestIncomplete: HTTP2Stream? {
        streams.values.filter { !$0.hasWholeRequest }.max { $0.keptBytes < $1.keptBytes }
    }
}

// MARK: Clocks and ends
extension HTTP2Connection {
    func timedOut(_ phase: HTTPError.Phase) {
        if phase == .idle {
            end(NGHTTP2_NO_ERROR, "idle for too long")
        } else {
            end(NGHTTP2_ENHANCE_YOUR_CALM, "a header that did not come in time")
        }
    }

    func check(at now: ContinuousClock.Instant) {
        guard let due = nextCheck, due <= now else { return }
        if let endsAt, endsAt <= now { nameLastRequest() }
        for (id, stream) in streams {
            if let end = stream.lingersUntil, end <= now { session.reset(id, NGHTTP2_NO_ERROR) }
            let isStuckIn = !stream.hasWholeRequest && now - stream.pace.progress >= limits.bodyTimeout
            if isStuckIn, stream.body?.isAwaited == true {
                connection.report(.bodyTime)
                failBody(stream, .timedOut(phase: .body))
            }
            if stream.outgoing.count > 0, now - stream.lastOutgoing >= limits.writeTimeout {
                connection.report(.writeTime)
                session.reset(id, NGHTTP2_CANCEL)
            }
        }
        connection.scheduleFlush()
        nextCheck =
            streams.isEmpty
            ? nil : now + (streams.values.contains { $0.lingersUntil != nil } ? Self.lingerCheck : checkInterval)
    }

    private func checkBy(_ instant: ContinuousClock.Instant) {
        if let nextCheck, nextCheck <= instant { return }
        nextCheck = instant
        connection.scheduleWake()
    }

    func drain() {
        guard !isDraining else { return }
        isDraining = true
        session.announceEnd()
        connection.scheduleFlush()
        let end = connection.loop.now + Self.patience
        endsAt = end
        checkBy(end)
    }

    private func nameLastRequest() {
        guard endsAt != nil else { return }
        endsAt = nil
        session.goAway(NGHTTP2_NO_ERROR)
        connection.scheduleFlush()
    }

    func connectionClosed() {
        let left = streams
        streams = [:]
        openHead = nil
        recent = nil
        arrivals = []
        heldBytes = 0
        for stream in left.values { stream.cancel() }
    }
}

// MARK: Requests
extension HTTP2Connection: HTTP2SessionDelegate {
    func streamBegan(_ stream: Int32) -> Bool {
        let isOverloaded = connection.server.refusesRequests
        guard !isOverloaded, liveTasks < 2 * limits.maxStreamsPerConnection else {
            connection.report(isOverloaded ? .bytesInFlight : .streams)
            return false
        }
        let began = HTTP2Stream(stream, minBodyRate: limits.minBodyRate, at: connection.loop.now)
        streams[stream] = began
        openHead = began
        recent = began
        return true
    }

    private func stream(_ id: Int32) -> HTTP2Stream? {
        if let recent, recent.id == id { return recent }
        let found = streams[id]
        if let found { recent = found }
        return found
    }

    func received(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, on stream: Int32) {
        guard let openHead, openHead.id == stream else { return }
        openHead.head.append(name: name, value: value, limits: limits)
    }

    func headEnded(_ stream: Int32) {
        guard let ended = openHead, ended.id == stream else { return }
        openHead = nil
        arrivals.append(ended)
    }

    func received(data: UnsafeRawBufferPointer, on id: Int32) {
        guard let stream = stream(id) else { return session.consume(data.count, on: id) }
        stream.bodyBytes += data.count
        guard stream.hasStarted else {
            stream.early.append(contentsOf: data)
            stream.pace.received(data.count, isAwaitedWhole: false, at: connection.loop.now)
            return keep(data.count, of: stream)
        }
        guard let body = stream.body else { return session.consume(data.count, on: id) }
        if stream.bodyBytes > stream.maxBodyBytes, stream.bodyBytes - data.count <= stream.maxBodyBytes {
            connection.report(.body)
            failBody(stream, .bodyTooLarge(limit: stream.maxBodyBytes))
        }
        let appended = body.append(data)
        stream.pace.received(data.count, isAwaitedWhole: appended == .collected, at: connection.loop.now)
        if appended != .consumed { keep(data.count, of: stream) }
        if appended == .consumed || appended == .collected { session.consume(data.count, on: id) }
    }

    /// Counts bytes of a request that are kept, or are no longer.
    private func keep(_ change: Int, of stream: HTTP2Stream) {
        let before = stream.keptBytes
        stream.keptBytes = max(0, before + change)
        heldBytes += stream.keptBytes - before
    }

    /// Ends a body for its reader; what was kept of it goes.
    private func failBody(_ stream: HTTP2Stream, _ error: HTTPError) {
        settle(stream.body?.finish(error), on: stream.id)
        keep(-stream.keptBytes, of: stream)
    }

    func requestEnded(_ stream: Int32) {
        guard let ended = self.stream(stream) else { return }
        ended.hasWholeRequest = true
        settle(ended.body?.finish(), on: stream)
    }

    /// What a body that ended keeps no longer counts against its peer.
    private func settle(_ count: Int?, on stream: Int32) {
        if let count, count > 0 { session.consume(count, on: stream) }
    }

    func streamClosed(_ stream: Int32) {
        if openHead?.id == stream { openHead = nil }
        if recent?.id == stream { recent = nil }
        guard let closed = streams.removeValue(forKey: stream) else { return }
        heldBytes -= closed.keptBytes + closed.outgoing.count
        settle(closed.body?.finish(.bodyTruncated, keepsBuffered: true), on: stream)
        closed.cancel()
        updatePhase()
    }

    /// Counts frames that cost a server much and their sender little.
    func admits(_ frame: HTTP2CheapFrame) -> Bool {
        let now = connection.loop.now
        switch frame {
        case .reset:
            guard !resets.admits(at: now) else { return true }
            connection.report(.resetRate)
            failure = (NGHTTP2_ENHANCE_YOUR_CALM, "too many streams reset")
        case .control:
            guard !controlFrames.admits(at: now) else { return true }
            connection.report(.controlFrameRate)
            failure = (NGHTTP2_ENHANCE_YOUR_CALM, "too many control frames")
        }
        return false
    }

    /// Answers a head that no handler sees.
    private func refuse(_ stream: Int32, _ violation: HTTP1Violation) {
        if let limit = violation.limit { connection.report(limit) }
        let body = Data((violation.text + "\n").utf8)
        let head = ResponseHead(
            status: violation.status, fields: ["content-type": "text/plain; charset=utf-8"], length: body.count)
        respond(stream, head, body: body, trailers: nil)
    }

    func endIsKnown() {
        nameLastRequest()
    }
}

// MARK: Handlers
extension HTTP2Connection {
    /// A request that came in one read with a body of at most this size, in bytes, needs no channel.
    private static let smallCount = 16 << 10

    /// Starts the handlers of the requests that have come. Outside nghttp2's callbacks, because they may answer at once.
    private func startHandlers() {
        let arrived = arrivals
        arrivals.removeAll(keepingCapacity: true)
        for stream in arrived where !stream.isClosed { start(stream) }
    }

    private func start(_ stream: HTTP2Stream) {
        stream.hasStarted = true
        stream.isHead = stream.head.method == "HEAD"
        do {
            var request = try stream.head.request(remoteAddress: connection.remoteAddress)
            stream.maxBodyBytes = connection.server.maxBodyBytes(request.path)
            request.body = takeBody(stream)
            request.session = connection.session
            liveTasks += 1
            stream.task = connection.server.start(
                stream.id, request, port: LoopBound<any ResponsePort>(self, to: connection.loop))
            checkBy(connection.loop.now + checkInterval)
        } catch {
            settle(stream.early.count, on: stream.id)
            keep(-stream.keptBytes, of: stream)
            stream.early = Data()
            refuse(stream.id, error)
        }
    }

    /// The body with what has come of it.
    private func takeBody(_ stream: HTTP2Stream) -> HTTPBody {
        let early = stream.early
        stream.early = Data()
        let limit = stream.maxBodyBytes
        if stream.hasWholeRequest, early.count <= min(Self.smallCount, limit) {
            settle(early.count, on: stream.id)
            return .data(early)
        }
        let body = makeBody(stream)
        stream.body = body
        if max(stream.bodyBytes, body.expectedLength ?? 0) > limit {
            connection.report(.body)
            body.finish(.bodyTooLarge(limit: limit))
        }
        if early.withUnsafeBytes(body.append) == .consumed {
            settle(early.count, on: stream.id)
            keep(-early.count, of: stream)
        }
        if stream.hasWholeRequest { settle(body.finish(), on: stream.id) }
        return .channel(body)
    }

    private func makeBody(_ stream: HTTP2Stream) -> BodyChannel {
        let length = stream.head.fields["content-length"].flatMap { Int($0) }
        let bound = LoopBound(self, to: connection.loop)
        return BodyChannel(expectedLength: length) { [id = stream.id] count, use in
            bound.run { $0.bodyWasRead(id, count, use) }
        }
    }

    private func bodyWasRead(_ id: Int32, _ count: Int, _ use: BodyChannel.Use) {
        guard connection.isOpen else { return }
        if let stream = stream(id) {
            stream.pace.resumed(at: connection.loop.now)
            if use == .taken { keep(-count, of: stream) }
        }
        session.consume(count, on: id)
        connection.scheduleFlush()
    }
}

// MARK: Answers
extension HTTP2Connection: ResponsePort {
    func respond(_ exchange: Int32, _ head: ResponseHead, body: Data, trailers: HTTPFields?) {
        guard let stream = stream(exchange), !stream.hasAnswered else { return }
        if !stream.isHead, head.allowsBody {
            stream.outgoing.append(body)
            heldBytes += body.count
        }
        stream.outgoing.end(trailers: stream.isHead ? nil : trailers)
        sendHead(stream, head)
    }

    func begin(_ exchange: Int32, _ head: ResponseHead) {
        guard let stream = stream(exchange), !stream.hasAnswered else { return }
        if stream.isHead || !head.allowsBody { stream.outgoing.end(trailers: nil) }
        sendHead(stream, head)
    }

    private func sendHead(_ stream: HTTP2Stream, _ head: ResponseHead) {
        stream.hasAnswered = true
        stream.lastOutgoing = connection.loop.now
        session.respond(stream.id, hasBody: !stream.outgoing.isSpent) { block in
            block.append(":status", String(head.status))
            for field in head.fields where ResponseHead.maySend(field) { block.append(field.name, field.value) }
            block.append("date", connection.server.date.value)
            // curl 7.88 stops at the announced length and may miss the trailers behind it.
            if head.allowsBody, let length = head.length, !stream.outgoing.hasTrailers {
                block.append("content-length", String(length))
            }
        }
        connection.scheduleFlush()
    }

    func write(_ exchange: Int32, _ bytes: Data, taken: CheckedContinuation<Bool, Never>) {
        guard let stream = stream(exchange), stream.hasAnswered, !stream.outgoing.isEnded else {
            return taken.resume(returning: false)
        }
        if stream.outgoing.count == 0 { stream.lastOutgoing = connection.loop.now }
        stream.outgoing.append(bytes)
        heldBytes += bytes.count
        if stream.outgoing.count < limits.maxBufferedResponseBytes / 4 {
            taken.resume(returning: true)
        } else {
            stream.writers.append(taken)
        }
        session.resume(exchange)
        connection.scheduleFlush()
    }

    func finish(_ exchange: Int32, trailers: HTTPFields?) {
        guard let stream = stream(exchange), stream.hasAnswered, !stream.outgoing.isEnded else { return }
        stream.outgoing.end(trailers: trailers)
        session.resume(exchange)
        connection.scheduleFlush()
    }

    func abort(_ exchange: Int32) {
        guard streams[exchange] != nil else { return }
        session.reset(exchange, NGHTTP2_INTERNAL_ERROR)
        connection.scheduleFlush()
    }

    func taskEnded(_ exchange: Int32) {
        liveTasks -= 1
        stream(exchange)?.hasTaskEnded = true
    }

    func nextBytes(of id: Int32, into buffer: UnsafeMutableRawBufferPointer) -> HTTP2BodyStep {
        guard let stream = stream(id) else { return .failed }
        let before = stream.outgoing.count
        let step = stream.outgoing.fill(buffer)
        heldBytes -= before - stream.outgoing.count
        stream.lastOutgoing = connection.loop.now
        if !stream.writers.isEmpty {
            let writers = stream.writers
            stream.writers = []
            for writer in writers { writer.resume(returning: true) }
        }
        return step
    }

    func answerEnded(_ id: Int32) {
        guard let stream = stream(id), !stream.hasWholeRequest else { return }
        // The rest of a request that is answered already is of no use (RFC 9113 §8.1), but some peers drop the
        // answer when a reset overtakes their reading (libcurl 7.88) or look for it only once all has left (httpx).
        failBody(stream, .bodyTruncated)
        let end = connection.loop.now + Self.lingerTime
        stream.lingersUntil = end
        checkBy(end)
    }
}

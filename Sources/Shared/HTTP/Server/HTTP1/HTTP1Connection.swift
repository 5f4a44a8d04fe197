import Foundation

/// HTTP/1.1 on one connection: one request at a time is with the handler; what a peer pipelines waits its turn.
final class HTTP1Connection: Speaker {
    /// A request that came in one read with a body of at most this size, in bytes, needs no channel.
    private static let smallCount = 16 << 10
    /// What is left of a body at least, in bytes, to be read without the buffer that all connections share.
    private static let largeRest = 256 << 10
    /// Pipelined requests that are answered in a row, so that one busy peer does not hold up the others.
    private static let maxRequestsInARow = 64

    /// Where the answer to the current request stands.
    fileprivate enum Answer {
        case none
        /// The head has left; the body follows as chunks, as counted bytes, or until the connection ends.
        case underWay(isChunked: Bool, remaining: Int?)
        case complete
    }

    /// The request that is with the handler.
    fileprivate final class Current {
        let id: Int32
        /// Set until the handler starts, after the bytes that came with the head.
        var arrival: HTTP1RequestHead?
        /// Bytes of the body that came before the handler started.
        var early = Data()
        /// Where the rest of the body goes; nil where the request came whole.
        var body: BodyChannel?
        var task: Task<Void, Never>?
        let isHead: Bool
        let isHTTP11: Bool
        let maxBodyBytes: Int
        var keepsAlive: Bool
        var mustAskForBody: Bool
        var bodyBytes = 0
        /// Bytes of the body that are kept, here or in the whole that the handler waits for or has.
        var heldBytes = 0
        var pace: BodyPace
        var hasWholeRequest = false
        var answer = Answer.none

        init(id: Int32, head: HTTP1RequestHead, maxBodyBytes: Int, keepsAlive: Bool, pace: BodyPace) {
            self.id = id
            self.maxBodyBytes = maxBodyBytes
            arrival = head
            isHead = head.method == "HEAD"
            isHTTP11 = head.version == .http11
            self.keepsAlive = keepsAlive
            mustAskForBody = head.expectsContinue && head.framing != .none
            self.pace = pace
        }
    }

    private let connection: Connection
    private let limits: HTTPLimits
    private let parser: HTTP1Parser
    private var current: Current?
    private var lastID: Int32 = 0
    /// Bytes behind the current request.
    private var pipelined: ArraySlice<UInt8> = []
    private var isParsing = false
    /// The body of the current request is malformed: nothing is read until the handler has answered.
    private var isBroken = false
    /// Nothing more is read: the connection only waits for its end.
    private var hasEnded = false
    private var isDraining = false
    private var isBodyHeldBack = false
    private var writers: [CheckedContinuation<Bool, Never>] = []

    init(_ connection: Connection) {
        self.connection = connection
        limits = connection.server.limits
        parser = HTTP1Parser(limits: limits)
        parser.delegate = self
    }

    var holdsBackBody: Bool { isBodyHeldBack || !pipelined.isEmpty }
    var heldBytes: Int { pipelined.count + (current?.heldBytes ?? 0) }
    var isHeldByPressure: Bool { current?.hasWholeRequest == false }
    var sheddableBytes: Int { current.map { $0.hasWholeRequest ? 0 : $0.heldBytes } ?? 0 }
    func shed() { failBody(.overloaded) }
}

// MARK: Bytes in
extension HTTP1Connection {
    func receive(_ bytes: UnsafeRawBufferPointer) {
        if current?.hasWholeRequest == true || !pipelined.isEmpty {
            pipelined.append(contentsOf: bytes)
        } else {
            let count = parse(bytes)
            if count < bytes.count { pipelined = ArraySlice(bytes[count...]) }
        }
        updateReading()
    }

    /// The rest of a large body goes from the socket to where it is collected.
    func receiveBody(_ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int? {
        let rest = parser.restOfBody
        guard rest >= Self.largeRest, let current, let count = current.body?.fill(rest: rest, read) else { return nil }
        guard count > 0 else { return count }
        current.bodyBytes += count
        current.heldBytes += count
        current.pace.received(count, isAwaitedWhole: true, at: connection.loop.now)
        parser.tookBody(count)
        updateReading()
        return count
    }

    /// Reads and answers requests up to the first whose answer takes time.
    ///
    /// - Returns: how many bytes were read; the others wait in `pipelined`.
    private func parse(_ bytes: UnsafeRawBufferPointer) -> Int {
        isParsing = true
        defer { isParsing = false }
        var position = 0
        var requests = 0
        do {
            while position < bytes.count, canParse {
                guard requests < Self.maxRequestsInARow else {
                    LoopBound(self, to: connection.loop).execute { $0.parseNext() }
                    break
                }
                guard !refuseOverload() else { return bytes.count }
                position += try parser.parse(UnsafeRawBufferPointer(rebasing: bytes[position...]))
                if !isBeforeBody { startHandler() }
                requests += 1
            }
        } catch {
            refuse(error)
            return bytes.count
        }
        return connection.isOpen && !hasEnded ? position : bytes.count
    }

    /// The handler has to change threads but once where the body follows its head at once.
    var isBeforeBody: Bool {
        guard let current, let head = current.arrival, head.framing != .none else { return false }
        return !current.hasWholeRequest && current.early.isEmpty && !current.mustAskForBody
    }

    func tookWhatCame() { startHandler() }

    /// Whether the server holds too many bytes to begin a request; then it has been said.
    private func refuseOverload() -> Bool {
        guard current == nil, !parser.isWithinRequest, connection.server.refusesRequests else { return false }
        connection.report(.bytesInFlight)
        answerAndClose(429, "the server holds too many bytes of other requests", fields: ["retry-after": "1"])
        return true
    }

    private var canParse: Bool {
        guard connection.isOpen, !hasEnded, !isBroken, current?.hasWholeRequest != true else { return false }
        // A peer that takes no answers gets no further ones.
        return connection.pendingOutputCount < limits.maxBufferedResponseBytes
    }

    /// Goes on with what was pipelined, or waits for the next request.
    private func parseNext() {
        guard !isParsing else { return }
        let bytes = pipelined
        if canParse, !bytes.isEmpty { pipelined = bytes.dropFirst(bytes.withUnsafeBytes(parse)) }
        startHandler()
        updateReading()
    }

    private func updateReading() {
        guard connection.isOpen, !hasEnded, !isBroken else { return }
        isBodyHeldBack = current.map { !$0.hasWholeRequest && $0.isFull(limits) } ?? false
        connection.pauseReading(isBodyHeldBack || !pipelined.isEmpty)
        let phase: HTTPError.Phase? =
            switch current {
            case .none: parser.isWithinRequest ? .head : isDraining ? .draining : .idle
            case .some(let current): current.hasWholeRequest || isBodyHeldBack || current.mustAskForBody ? nil : .body
            }
        // The time for a head runs from its first byte; that for a body anew with its progress.
        if phase == .body {
            if connection.awaitedPhase != .body { current?.pace.resumed(at: connection.loop.now) }
            connection.waits(for: phase, since: current?.pace.progress)
        } else if phase != connection.awaitedPhase {
            connection.waits(for: phase)
        }
    }

    func timedOut(_ phase: HTTPError.Phase) {
        switch phase {
        case .head where parser.isWithinRequest: answerAndClose(408, "the request did not come in time")
        case .body: failBody(.timedOut(phase: .body))
        default: connection.close()
        }
    }
}

// MARK: Requests
extension HTTP1Connection: HTTP1ParserDelegate {
    func parsed(head: HTTP1RequestHead) {
        lastID &+= 1
        current = Current(
            id: lastID, head: head, maxBodyBytes: connection.server.maxBodyBytes(head.path),
            keepsAlive: head.keepsAlive && !isDraining,
            pace: BodyPace(minRate: limits.minBodyRate, at: connection.loop.now))
    }

    /// Starts the handler of a request whose head has come. Outside the parser, because it may answer at once.
    private func startHandler() {
        guard let current, let head = current.arrival.take() else { return }
        let request = HTTPRequest(
            method: head.method, path: head.path, query: head.query, authority: head.authority, fields: head.fields,
            version: head.version, body: takeBody(head, current), remoteAddress: connection.remoteAddress,
            session: connection.session)
        current.task = connection.server.start(
            current.id, request, port: LoopBound(self, to: connection.loop))
    }

    /// The body with what has come of it.
    private func takeBody(_ head: HTTP1RequestHead, _ current: Current) -> HTTPBody {
        let early = current.early
        current.early = Data()
        let limit = current.maxBodyBytes
        if current.hasWholeRequest, early.count <= min(Self.smallCount, limit) { return .data(early) }
        guard let body = makeBody(head, current.id) else { return .empty }
        current.body = body
        if max(early.count, body.expectedLength ?? 0) > limit {
            connection.report(.body)
            failBody(.bodyTooLarge(limit: limit))
        }
        if body.append(early) == .consumed { current.heldBytes = 0 }
        if current.hasWholeRequest { body.finish() }
        return .channel(body)
    }

    private func makeBody(_ head: HTTP1RequestHead, _ id: Int32) -> BodyChannel? {
        let length: Int?
        switch head.framing {
        case .none: return nil
        case .length(let count): length = count
        case .chunked: length = nil
        }
        let bound = LoopBound(self, to: connection.loop)
        let askForBody: @Sendable () -> Void = { bound.run { $0.askForBody(id) } }
        return BodyChannel(
            expectedLength: length, keepsLastOnAccount: true, onDemand: head.expectsContinue ? askForBody : nil,
            onConsumed: { count, use in bound.run { $0.bodyWasRead(id, count, use) } })
    }

    func parsed(body bytes: UnsafeRawBufferPointer) {
        guard let current else { return }
        let before = current.bodyBytes
        current.bodyBytes += bytes.count
        current.mustAskForBody = false  // it came unasked
        guard current.arrival == nil else {
            current.early.append(contentsOf: bytes)
            current.heldBytes += bytes.count
            current.pace.received(bytes.count, isAwaitedWhole: false, at: connection.loop.now)
            return
        }
        guard let body = current.body else { return }
        guard current.bodyBytes <= current.maxBodyBytes else {
            if before <= current.maxBodyBytes { connection.report(.body) }
            return failBody(.bodyTooLarge(limit: current.maxBodyBytes))
        }
        let appended = body.append(bytes)
        if appended != .consumed { current.heldBytes += bytes.count }
        current.pace.received(bytes.count, isAwaitedWhole: appended == .collected, at: connection.loop.now)
    }

    /// Ends the body for its reader; what was kept of it goes.
    private func failBody(_ error: HTTPError) {
        current?.body?.finish(error)
        current?.heldBytes = 0
    }

    func parsedEnd() {
        current?.hasWholeRequest = true
        current?.body?.finish()
    }

    private func askForBody(_ id: Int32) {
        guard let current, current.id == id, current.mustAskForBody, case .none = current.answer else { return }
        current.mustAskForBody = false
        connection.send("HTTP/1.1 100 Continue\r\n\r\n")
        updateReading()
    }

    private func bodyWasRead(_ id: Int32, _ count: Int, _ use: BodyChannel.Use) {
        guard let held = current?.heldBytes, current?.id == id else { return }
        if use == .taken { current?.heldBytes = max(0, held - count) }
        updateReading()
        connection.countBytes()
    }
}

extension HTTP1Connection.Current {
    fileprivate func isFull(_ limits: HTTPLimits) -> Bool {
        (body?.bufferedCount ?? 0) >= limits.maxBufferedBodyBytes
    }
}

// MARK: Answers
extension HTTP1Connection: ResponsePort {
    func respond(_ exchange: Int32, _ head: ResponseHead, body: Data, trailers: HTTPFields?) {
        guard let current = sendHead(exchange, head) else { return }
        if !current.isHead, head.allowsBody { connection.send(body) }
        endAnswer()
    }

    func begin(_ exchange: Int32, _ head: ResponseHead) {
        guard let current = sendHead(exchange, head) else { return }
        if current.isHead || !head.allowsBody { endAnswer() }
    }

    /// Gives the exchange unless it is gone.
    private func sendHead(_ exchange: Int32, _ head: ResponseHead) -> Current? {
        guard let current, current.id == exchange, case .none = current.answer, connection.isOpen else { return nil }
        // A body that was neither asked for nor sent whole: where the next request begins is not known.
        if !current.hasWholeRequest || isDraining { current.keepsAlive = false }
        let isChunked = head.length == nil && current.isHTTP11
        if head.length == nil, !current.isHTTP11 { current.keepsAlive = false }
        current.answer = .underWay(isChunked: isChunked, remaining: head.length)
        connection.send {
            head.write(
                to: &$0, date: connection.server.date.value, isChunked: isChunked, keepsAlive: current.keepsAlive,
                isHTTP11: current.isHTTP11)
        }
        return current
    }

    func write(_ exchange: Int32, _ bytes: Data, taken: CheckedContinuation<Bool, Never>) {
        guard let current, current.id == exchange, connection.isOpen,
            case .underWay(let isChunked, let remaining) = current.answer
        else { return taken.resume(returning: false) }
        if let remaining {
            guard bytes.count <= remaining else {
                taken.resume(returning: false)
                return connection.close()  // the handler broke its word; the peer must notice
            }
            current.answer = .underWay(isChunked: isChunked, remaining: remaining - bytes.count)
        }
        if isChunked { connection.send(String(bytes.count, radix: 16) + "\r\n") }
        connection.send(bytes)
        if isChunked { connection.send("\r\n") }
        if connection.pendingOutputCount < limits.maxBufferedResponseBytes {
            taken.resume(returning: true)
        } else {
            writers.append(taken)
        }
    }

    func outputHasRoom() {
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume(returning: true) }
        if !pipelined.isEmpty { parseNext() }
    }

    func finish(_ exchange: Int32, trailers: HTTPFields?) {
        guard let current, current.id == exchange, case .underWay(let isChunked, let remaining) = current.answer
        else { return }
        guard (remaining ?? 0) == 0 else { return connection.close() }
        if isChunked { connection.send("0\r\n" + (trailers?.http1Text ?? "") + "\r\n") }
        endAnswer()
    }

    func abort(_ exchange: Int32) {
        guard current?.id == exchange else { return }
        connection.close()
    }

    func taskEnded(_ exchange: Int32) {}

    private func endAnswer() {
        current?.answer = .complete
        if current?.hasWholeRequest == true {
            endExchange()
        } else {
            failBody(.bodyTruncated)
            linger()
        }
    }

    private func endExchange() {
        guard let ended = current else { return }
        current = nil
        connection.countBytes()
        guard ended.keepsAlive, !isDraining else { return linger() }
        connection.waits(for: nil)  // the time for being idle starts anew
        parseNext()
    }

    private func linger() {
        current = nil
        hasEnded = true
        connection.linger()
    }
}

// MARK: Ends
extension HTTP1Connection {
    private func refuse(_ violation: HTTP1Violation) {
        if let limit = violation.limit { connection.report(limit) }
        if let current, current.arrival == nil {
            // The violation is in the body of a request that is with the handler.
            failBody(.malformed(reason: violation.text))
            current.keepsAlive = false
            isBroken = true
            connection.pauseReading(true)
            return connection.waits(for: nil)
        }
        answerAndClose(violation.status, violation.text)
    }

    private func answerAndClose(_ status: Int, _ text: String, fields: HTTPFields = [:]) {
        let body = Data((text + "\n").utf8)
        var fields = fields
        fields["content-type"] = "text/plain; charset=utf-8"
        let head = ResponseHead(status: status, fields: fields, length: body.count)
        connection.send {
            head.write(
                to: &$0, date: connection.server.date.value, isChunked: false, keepsAlive: false, isHTTP11: true)
        }
        connection.send(body)
        linger()
    }

    func drain() {
        isDraining = true
        updateReading()
    }

    func connectionClosed() {
        current?.body?.finish(.bodyTruncated, keepsBuffered: true)
        current?.task?.cancel()
        current = nil
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume(returning: false) }
    }

    func flush() {}
}

import Foundation

/// HTTP/1.1 on one connection: one request at a time is with the handler; what a peer pipelines waits its turn.
final class HTTP1Connection: Speaker {
    /// Where the answer to the current request stands.
    fileprivate enum Answer {
        case none
        /// The head has left; the body follows as chunks, as counted bytes, or until the connection ends.
        case underWay(isChunked: Bool, remaining: Int?)
        case complete
    }

    /// The request that is with the handler.
    fileprivate struct Current {
        let id: Int32
        var exchange: Exchange?
        let isHead: Bool
        let isHTTP11: Bool
        var keepsAlive: Bool
        var mustAskForBody: Bool
        var bodyBytes = 0
        /// Bytes of the body that are kept, here or in the whole that the handler waits for or has.
        var heldBytes = 0
        var pace: BodyPace
        var hasWholeRequest = false
        var answer = Answer.none
    }

    private let connection: Connection
    private let limits: HTTPLimits
    private let parser: HTTP1Parser
    private var current: Current?
    private var lastID: Int32 = 0
    /// Bytes behind the current request.
    private var pipelined: [UInt8] = []
    private var isDraining = false
    private var isBodyHeldBack = false
    private var writers: [CheckedContinuation<Bool, Never>] = []

    init(_ connection: Connection) {
        self.connection = connection
        limits = connection.server.limits
        parser = HTTP1Parser(limits: limits)
        parser.delegate = self
    }

    var holdsBackBody: Bool { isBodyHeldBack }
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
            return updateReading()
        }
        parse(bytes)
    }

    private func parse(_ bytes: UnsafeRawBufferPointer) {
        if current == nil, !parser.isWithinRequest, connection.server.refusesRequests {
            connection.report(.bytesInFlight)
            return answerAndClose(
                429, "the server holds too many bytes of other requests", fields: ["retry-after": "1"])
        }
        do {
            let count = try parser.parse(bytes)
            if count < bytes.count { pipelined.append(contentsOf: bytes[count...]) }
            updateReading()
        } catch {
            refuse(error)
        }
    }

    /// Goes on with what was pipelined, or waits for the next request.
    private func parseNext() {
        let bytes = pipelined
        pipelined = []
        if bytes.isEmpty { updateReading() } else { bytes.withUnsafeBytes { parse($0) } }
    }

    private func updateReading() {
        guard connection.isOpen else { return }
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
        let id = lastID
        current = Current(
            id: id, isHead: head.method == "HEAD", isHTTP11: head.version == .http11,
            keepsAlive: head.keepsAlive && !isDraining,
            mustAskForBody: head.expectsContinue && head.framing != .none,
            pace: BodyPace(minRate: limits.minBodyRate, at: connection.loop.now))
        let port = LoopBound<any ResponsePort>(self, to: connection.loop)
        let body = makeBody(head, id)
        if let body, let length = body.expectedLength, length > limits.maxBodyBytes {
            connection.report(.body)
            body.finish(.bodyTooLarge(limit: limits.maxBodyBytes))
        }
        let request = HTTPRequest(
            method: head.method, path: head.path, query: head.query, authority: head.authority, fields: head.fields,
            version: head.version, body: body.map { HTTPBody(storage: .channel($0)) } ?? .empty,
            remoteAddress: connection.remoteAddress, session: connection.session)
        current?.exchange = Exchange.start(id, request, body: body, handler: connection.server.handler, port: port)
    }

    private func makeBody(_ head: HTTP1RequestHead, _ id: Int32) -> BodyChannel? {
        let length: Int?
        switch head.framing {
        case .none: return nil
        case .length(let count): length = count
        case .chunked: length = nil
        }
        let bound = LoopBound(self, to: connection.loop)
        let askForBody: @Sendable () -> Void = { bound.execute { $0.askForBody(id) } }
        return BodyChannel(
            expectedLength: length, onDemand: head.expectsContinue ? askForBody : nil,
            onConsumed: { count, use in bound.execute { $0.bodyWasRead(id, count, use) } })
    }

    func parsed(body bytes: UnsafeRawBufferPointer) {
        guard let body = current?.exchange?.body else { return }
        current?.bodyBytes += bytes.count
        guard let count = current?.bodyBytes, count <= limits.maxBodyBytes else {
            if current.map({ $0.bodyBytes - bytes.count <= limits.maxBodyBytes }) == true { connection.report(.body) }
            return failBody(.bodyTooLarge(limit: limits.maxBodyBytes))
        }
        current?.mustAskForBody = false  // it came unasked
        let appended = body.append(bytes)
        if appended != .consumed { current?.heldBytes += bytes.count }
        current?.pace.received(bytes.count, isAwaitedWhole: appended == .collected, at: connection.loop.now)
    }

    /// Ends the body for its reader; what was kept of it goes.
    private func failBody(_ error: HTTPError) {
        current?.exchange?.body?.finish(error)
        current?.heldBytes = 0
    }

    func parsedEnd() {
        current?.hasWholeRequest = true
        current?.exchange?.body?.finish()
    }

    private func askForBody(_ id: Int32) {
        guard let current, current.id == id, current.mustAskForBody, case .none = current.answer else { return }
        self.current?.mustAskForBody = false
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
        (exchange?.body?.bufferedCount ?? 0) >= limits.maxBufferedBodyBytes
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
        guard var current, current.id == exchange, case .none = current.answer, connection.isOpen else { return nil }
        // A body that was neither asked for nor sent whole: where the next request begins is not known.
        if !current.hasWholeRequest || isDraining { current.keepsAlive = false }
        let isChunked = head.length == nil && current.isHTTP11
        if head.length == nil, !current.isHTTP11 { current.keepsAlive = false }
        current.answer = .underWay(isChunked: isChunked, remaining: head.length)
        self.current = current
        connection.send(
            head.http1Text(
                date: connection.server.date.value, isChunked: isChunked, keepsAlive: current.keepsAlive,
                isHTTP11: current.isHTTP11))
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
            self.current?.answer = .underWay(isChunked: isChunked, remaining: remaining - bytes.count)
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
        guard ended.keepsAlive, !isDraining else { return linger() }
        parseNext()
    }

    private func linger() {
        current = nil
        connection.linger()
    }
}

// MARK: Ends
extension HTTP1Connection {
    private func refuse(_ violation: HTTP1Violation) {
        if let limit = violation.limit { connection.report(limit) }
        if current != nil {
            // The violation is in the body of a request that is with the handler.
            failBody(.malformed(reason: violation.text))
            self.current?.keepsAlive = false
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
        connection.send(
            head.http1Text(
                date: connection.server.date.value, isChunked: false, keepsAlive: false, isHTTP11: true))
        connection.send(body)
        linger()
    }

    func drain() {
        isDraining = true
        updateReading()
    }

    func connectionClosed() {
        current?.exchange?.cancel()
        current = nil
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume(returning: false) }
    }

    func flush() {}
}

import Foundation

/// HTTP/1.1 on one connection: one request at a time is with the handler; what a peer pipelines waits its turn.
final class HTTP1Connection: Speaker {
    /// How much of a body nobody wants is read, so that the answer is not lost with the connection (RFC 9112 §9.6).
    private static let maxLingerBytes = 1 << 20

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
    /// Set once the connection only waits for its end; counts what it still reads.
    private var lingered: Int?
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
}

// MARK: Bytes in
extension HTTP1Connection {
    func receive(_ bytes: UnsafeRawBufferPointer) {
        if let count = lingered {
            lingered = count + bytes.count
            if count + bytes.count > Self.maxLingerBytes { connection.close() }
            return
        }
        if current?.hasWholeRequest == true || !pipelined.isEmpty {
            pipelined.append(contentsOf: bytes)
            return updateReading()
        }
        parse(bytes)
    }

    private func parse(_ bytes: UnsafeRawBufferPointer) {
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
        guard connection.isOpen, lingered == nil else { return }
        isBodyHeldBack = current.map { !$0.hasWholeRequest && $0.isFull(limits) } ?? false
        connection.pauseReading(isBodyHeldBack || !pipelined.isEmpty)
        let phase: HTTPError.Phase? =
            switch current {
            case .none: parser.isWithinRequest ? .head : .idle
            case .some(let current): current.hasWholeRequest || isBodyHeldBack || current.mustAskForBody ? nil : .body
            }
        // The time for a head runs from its first byte; that for a body anew with every byte.
        if phase != connection.awaitedPhase || phase == .body { connection.waits(for: phase) }
    }

    func timedOut(_ phase: HTTPError.Phase) {
        if lingered != nil { return connection.close() }
        switch phase {
        case .head where parser.isWithinRequest: answerAndClose(408, "the request did not come in time")
        case .body: current?.exchange?.body?.finish(.timedOut(phase: .body))
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
            mustAskForBody: head.expectsContinue && head.framing != .none)
        let port = LoopBound<any ResponsePort>(self, to: connection.loop)
        let body = makeBody(head, id)
        if let body, let length = body.expectedLength, length > limits.maxBodyBytes {
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
            onConsumed: { _ in bound.execute { $0.bodyWasRead(id) } })
    }

    func parsed(body bytes: UnsafeRawBufferPointer) {
        guard let body = current?.exchange?.body else { return }
        current?.bodyBytes += bytes.count
        guard let count = current?.bodyBytes, count <= limits.maxBodyBytes else {
            body.finish(.bodyTooLarge(limit: limits.maxBodyBytes))
            return
        }
        current?.mustAskForBody = false  // it came unasked
        _ = body.append(bytes)
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

    private func bodyWasRead(_ id: Int32) {
        if current?.id == id { updateReading() }
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
            current?.exchange?.body?.finish(.bodyTruncated)
            linger()
        }
    }

    private func endExchange() {
        guard let ended = current else { return }
        current = nil
        guard ended.keepsAlive, !isDraining else { return connection.closeWhenSent() }
        parseNext()
    }

    /// Reads on for a while without looking: closing with bytes unread would take the answer from the peer.
    private func linger() {
        current = nil
        lingered = 0
        connection.pauseReading(false)
        connection.waits(for: .head)
        connection.finishWritingWhenSent()
    }
}

// MARK: Ends
extension HTTP1Connection {
    private func refuse(_ violation: HTTP1Violation) {
        if let current {
            // The violation is in the body of a request that is with the handler.
            current.exchange?.body?.finish(.malformed(reason: violation.text))
            self.current?.keepsAlive = false
            lingered = nil
            connection.pauseReading(true)
            return connection.waits(for: nil)
        }
        answerAndClose(violation.status, violation.text)
    }

    private func answerAndClose(_ status: Int, _ text: String) {
        let body = Data((text + "\n").utf8)
        let head = ResponseHead(
            status: status, fields: ["content-type": "text/plain; charset=utf-8"], length: body.count)
        connection.send(
            head.http1Text(
                date: connection.server.date.value, isChunked: false, keepsAlive: false, isHTTP11: true))
        connection.send(body)
        linger()
    }

    func drain() {
        isDraining = true
        let isIdle = current == nil && pipelined.isEmpty && !parser.isWithinRequest
        if isIdle || lingered != nil { connection.closeWhenSent() }
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

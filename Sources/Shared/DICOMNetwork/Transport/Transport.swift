import CDCMTKNetwork
import Cryptography
import Glibc
import Synchronization

/// Carries the bytes of one association: the socket, its time limits, TLS, and a look at each PDU's header.
///
/// Used on its association's thread; `interrupt` may be called from any.
final class Transport: @unchecked Sendable {  // `shared` guards what other threads see; the rest is one thread's
    /// Which side we are, and how the connection is secured; nil: not at all.
    enum Role {
        case server(TLSContext?)
        case client(TLSClientContext?, host: String)
    }

    private struct Shared {
        var descriptor: Int32 = -1
        var isInterrupted = false
    }

    private static let inputCapacity = 32 << 10
    private static let outputCapacity = 64 << 10
    private static let answerBufferBytes: Int32 = 64 << 10

    private let role: Role
    private let shared = Mutex(Shared())
    private var descriptor: Int32 = -1
    private var tls: TLSConnection?
    private var deadline = ContinuousClock.now
    private var limit = DICOMNetworkError.TimeLimit.negotiation
    private var input: UnsafeMutableRawBufferPointer
    private var unread = 0..<0
    private var output: [UInt8] = []
    private var pdus: PDUGuard
    /// Why bytes no longer flow.
    private(set) var failure: DICOMNetworkError?
    /// Who the peer is by its certificate.
    private(set) var peerCertificate: PeerCertificate?

    init(_ role: Role, maxDataBytes: Int) {
        self.role = role
        pdus = PDUGuard(maxDataBytes: maxDataBytes)
        input = .allocate(byteCount: Self.inputCapacity, alignment: 16)
    }

    deinit {
        close()
        input.deallocate()
    }

    /// What follows has to be done by then.
    func allow(_ limit: DICOMNetworkError.TimeLimit, until deadline: ContinuousClock.Instant) {
        self.limit = limit
        self.deadline = deadline
    }

    /// Ends reading at once; what is being answered can still be sent.
    func interrupt() {
        shared.withLock { shared in
            shared.isInterrupted = true
            if shared.descriptor >= 0 { _ = shutdown(shared.descriptor, Int32(SHUT_RD)) }
        }
    }

    /// Waits for the first byte of the next request, in slices after each of which `limit` is asked anew.
    ///
    /// - Throws: `timedOut(.idle)` once the time since `start` is over, or why the connection ended.
    func awaitInput(
        since start: ContinuousClock.Instant, for limit: () -> Duration
    ) throws(DICOMNetworkError) {
        while unread.isEmpty, !hasReadAhead {
            guard flush() else { throw failure ?? .connectionLost }
            let end = start + limit()
            let now = ContinuousClock.now
            guard now < end else { throw .timedOut(.idle) }
            if wait(for: POLLIN, until: min(end, now + .milliseconds(200))) { return }
            if let failure { throw failure }
        }
    }

    // MARK: What DCMTK asks for

    /// The callbacks; the transport has to outlive whoever uses them.
    var callbacks: dul_transport {
        dul_transport(
            context: Unmanaged.passUnretained(self).toOpaque(),
            open: { Transport.from($0)?.open($1) ?? false },
            read: { Transport.from($0)?.read(into: UnsafeMutableRawBufferPointer(start: $1, count: $2)) ?? -1 },
            write: { Transport.from($0)?.write(UnsafeRawBufferPointer(start: $1, count: $2)) ?? -1 },
            readable: { Transport.from($0)?.isReadable(within: $1) ?? false },
            close: { Transport.from($0)?.close() })
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Transport? {
        context.map { Unmanaged<Transport>.fromOpaque($0).takeUnretainedValue() }
    }

    private func open(_ descriptor: Int32) -> Bool {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK)
        // Nothing waits for the peer's delayed acknowledgement.
        set(Int32(IPPROTO_TCP), TCP_NODELAY)
        // Tells a peer that died from one that is silent.
        set(SOL_SOCKET, SO_KEEPALIVE)
        if case .client = role {
        } else {
            // Answers are short, and who does not take them is not to fill the kernel's memory.
            set(SOL_SOCKET, SO_SNDBUF, Self.answerBufferBytes)
        }
        let isInterrupted = shared.withLock { shared in
            shared.descriptor = descriptor
            return shared.isInterrupted
        }
        if isInterrupted {
            failure = .interrupted
            return false
        }
        switch role {
        case .server(nil), .client(nil, _): return true
        case .server(let context?): return shakeHands(TLSConnection(context, descriptor: descriptor))
        case .client(let context?, let host):
            return shakeHands(TLSConnection(context, descriptor: descriptor, host: host))
        }
    }

    private func shakeHands(_ connection: consuming TLSConnection?) -> Bool {
        guard let connection else {
            failure = .outOfMemory
            return false
        }
        while true {
            switch connection.handshake() {
            case .done:
                peerCertificate = connection.session.peerCertificate
                tls = consume connection
                return true
            case .wantsRead: if !wait(for: POLLIN, until: deadline) { return fail() }
            case .wantsWrite: if !wait(for: POLLOUT, until: deadline) { return fail() }
            case .ended, .failed:
                failure = failure ?? .tlsFailed(connection.failure)
                return false
            }
        }
    }

    private func fail() -> Bool {
        failure = failure ?? .timedOut(limit)
        return false
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32 = 1) {
        var value = value
        _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// 1 to `bytes.count` bytes; 0 at the end, -1 on failure.
    private func read(into bytes: UnsafeMutableRawBufferPointer) -> Int {
        guard failure == nil, !bytes.isEmpty else { return -1 }
        if unread.isEmpty {
            guard flush() else { return -1 }
            // A large piece goes straight to where it is wanted.
            if bytes.count >= input.count { return passed(bytes, receive(into: bytes)) }
            let count = receive(into: input)
            guard count > 0 else { return count }
            unread = 0..<count
        }
        let count = min(bytes.count, unread.count)
        bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[unread.prefix(count)]))
        unread = unread.dropFirst(count)
        return passed(bytes, count)
    }

    /// `count`, or -1 where these bytes have a header that is not allowed.
    private func passed(_ bytes: UnsafeMutableRawBufferPointer, _ count: Int) -> Int {
        guard count > 0 else { return count }
        do {
            try pdus.pass(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
        } catch {
            failure = error
            return -1
        }
    }

    private func receive(into bytes: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            // Bytes that never stop coming are no reason to go on.
            guard ContinuousClock.now < deadline || fail() else { return -1 }
            switch receiveOnce(into: bytes) {
            case .done(let count):
                // Peers that wait for our acknowledgement before the rest of a request (Nagle) get it now.
                set(Int32(IPPROTO_TCP), TCP_QUICKACK)
                return count
            case .wantsRead: guard wait(for: POLLIN, until: deadline) || fail() else { return -1 }
            case .wantsWrite: guard wait(for: POLLOUT, until: deadline) || fail() else { return -1 }
            case .ended:
                failure = shared.withLock { $0.isInterrupted } ? .interrupted : .connectionLost
                return 0
            case .failed:
                failure = .connectionLost
                return -1
            }
        }
    }

    private func receiveOnce(into bytes: UnsafeMutableRawBufferPointer) -> TLSConnection.Outcome {
        if tls != nil { return tls?.read(into: bytes) ?? .failed }
        let count = recv(descriptor, bytes.baseAddress, bytes.count, 0)
        if count > 0 { return .done(count) }
        if count == 0 { return .ended }
        return errno == EAGAIN || errno == EINTR ? .wantsRead : .failed
    }

    /// Keeps the bytes until there are many or the peer's turn has come.
    private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        output.append(contentsOf: bytes)
        if output.count >= Self.outputCapacity, !flush() { return -1 }
        return failure == nil ? bytes.count : -1
    }

    /// Sends what was written; false when that failed.
    @discardableResult
    func flush() -> Bool {
        var sent = 0
        defer { output.removeFirst(sent) }
        while sent < output.count, descriptor >= 0 {
            let outcome = output.withUnsafeBytes { sendOnce(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
            switch outcome {
            case .done(let count): sent += count
            case .wantsWrite: if !wait(for: POLLOUT, until: deadline) { return fail() }
            case .wantsRead: if !wait(for: POLLIN, until: deadline) { return fail() }
            case .ended, .failed:
                sent = output.count
                failure = failure ?? .connectionLost
                return false
            }
        }
        return true
    }

    private func sendOnce(_ bytes: UnsafeRawBufferPointer) -> TLSConnection.Outcome {
        if tls != nil { return tls?.write(bytes) ?? .failed }
        let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        if count >= 0 { return .done(count) }
        return errno == EAGAIN || errno == EINTR ? .wantsWrite : .failed
    }

    /// Whether TLS has bytes of the peer already; the socket says nothing of them.
    private var hasReadAhead: Bool { tls?.hasReadAhead ?? false }

    private func isReadable(within seconds: Int32) -> Bool {
        if !unread.isEmpty { return true }
        guard failure == nil, flush() else { return false }
        if hasReadAhead { return true }
        let isReady = wait(for: POLLIN, until: min(deadline, .now + .seconds(max(0, Int(seconds)))))
        return isReady || (ContinuousClock.now >= deadline && fail())
    }

    /// Whether the socket is ready, or has ended, by `end`.
    private func wait(for events: Int32, until end: ContinuousClock.Instant) -> Bool {
        while true {
            let left = end - .now
            guard left > .zero else { return false }
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let milliseconds = Int32(clamping: Int64((left / .milliseconds(1)).rounded(.up)))
            let ready = poll(&entry, 1, milliseconds)
            if ready > 0 { return true }
            if ready < 0, errno != EINTR { return false }
        }
    }

    /// Sends what is left, within a second, and closes the socket.
    func close() {
        guard descriptor >= 0 else { return }
        if failure == nil || failure == .interrupted {
            deadline = min(deadline, .now + .seconds(1))
            flush()
        }
        tls?.finishWriting()
        tls = nil
        shared.withLock { $0.descriptor = -1 }
        _ = Glibc.close(descriptor)
        descriptor = -1
    }
}

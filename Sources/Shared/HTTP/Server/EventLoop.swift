import CLinux
import Foundation
import Synchronization

/// What a file descriptor is ready for.
struct Readiness: OptionSet, Sendable {
    let rawValue: UInt32
    static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer has sent its last byte.
    static let readClosed = Readiness(rawValue: EPOLLRDHUP.rawValue)
    /// The connection is gone.
    static let closed = Readiness(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
}

/// Owns a file descriptor on an event loop; every call comes on the loop's thread.
protocol ReadinessHandler: AnyObject {
    func becameReady(_ readiness: Readiness)
    /// The instant given to `wake(_:at:)` has come.
    func timePassed()
    /// Asked once after a round in which the handler was marked as having something to send.
    func flush()
}

/// One thread that waits for many file descriptors (epoll), for instants, and for jobs from other threads.
///
/// State under "loop's thread" is touched by that thread alone; everything else is immutable or in `inbox`.
final class EventLoop: @unchecked Sendable {
    typealias Job = @Sendable () -> Void

    /// The place of a registration with the count of all so far, so that a late event cannot reach a successor.
    struct Key: Equatable {
        fileprivate let rawValue: UInt64
        fileprivate var index: Int { Int(truncatingIfNeeded: rawValue & 0xFFFF_FFFF) }
    }

    private struct Inbox {
        var jobs: [Job] = []
        var isAsleep = false
        var isStopping = false
    }

    private final class Registration {
        let key: Key
        let descriptor: Int32
        let handler: any ReadinessHandler
        var interest: Readiness
        var wakeAt: ContinuousClock.Instant?

        init(key: Key, descriptor: Int32, handler: any ReadinessHandler, interest: Readiness) {
            self.key = key
            self.descriptor = descriptor
            self.handler = handler
            self.interest = interest
        }
    }

    private let inbox = Mutex(Inbox())
    private let epoll: Int32
    private let bell: Int32

    // Loop's thread.
    private(set) var now = ContinuousClock.now
    private var registrations: [Registration?] = []
    /// Places in `registrations` that are free.
    private var vacant: [Int] = []
    private var generation: UInt32 = 0
    private var timers = TimerQueue<Key>()
    private var unflushed: [any ReadinessHandler] = []
    private var events = [linux_event](repeating: linux_event(), count: 256)

    /// - Parameter name: of the loop's thread; nil: none is started, and whoever calls `turn` is the thread.
    /// - Throws: `HTTPError.system` where the process may open no more descriptors.
    init(name: String?) throws(HTTPError) {
        epoll = linux_epoll_create()
        guard epoll >= 0 else { throw .system(call: "epoll_create1", code: errno) }
        bell = linux_eventfd()
        guard bell >= 0 else {
            let code = errno
            close(epoll)
            throw .system(call: "eventfd", code: code)
        }
        control(EPOLL_CTL_ADD, bell, .readable, UInt64.max)
        guard let name else { return }
        let thread = Thread { [self] in run() }
        thread.name = name
        thread.start()
    }

    deinit {
        close(bell)
        close(epoll)
    }
}

// MARK: From any thread
extension EventLoop {
    /// Runs `job` on the loop's thread, soon; jobs keep their order.
    ///
    /// - Returns: false after `stop`, when the job is dropped.
    @discardableResult
    func execute(_ job: @escaping Job) -> Bool {
        let (isTaken, wasAsleep) = inbox.withLock { inbox in
            guard !inbox.isStopping else { return (false, false) }
            inbox.jobs.append(job)
            defer { inbox.isAsleep = false }
            return (true, inbox.isAsleep)
        }
        if wasAsleep { ring() }
        return isTaken
    }

    /// Whether the caller is on the loop's thread.
    var isOnLoop: Bool { linux_current_loop() == address }

    private var address: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

    /// Ends the thread after the jobs that are waiting.
    func stop() {
        inbox.withLock { $0.isStopping = true }
        ring()
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, MemoryLayout<UInt64>.size)
    }
}

// MARK: On the loop's thread
extension EventLoop {
    func register(_ descriptor: Int32, _ interest: Readiness, _ handler: any ReadinessHandler) -> Key {
        generation &+= 1
        let index = vacant.popLast() ?? registrations.count
        if index == registrations.count { registrations.append(nil) }
        let key = Key(rawValue: UInt64(generation) << 32 | UInt64(index))
        registrations[index] = Registration(key: key, descriptor: descriptor, handler: handler, interest: interest)
        control(EPOLL_CTL_ADD, descriptor, interest, key.rawValue)
        return key
    }

    /// nil where the key's descriptor was forgotten.
    private func registration(_ key: Key) -> Registration? {
        guard key.index < registrations.count, let found = registrations[key.index], found.key == key else {
            return nil
        }
        return found
    }

    func setInterest(_ key: Key, _ interest: Readiness) {
        guard let registration = registration(key), registration.interest != interest else { return }
        registration.interest = interest
        control(EPOLL_CTL_MOD, registration.descriptor, interest, key.rawValue)
    }

    /// Forgets the descriptor; its owner closes it.
    func deregister(_ key: Key) {
        guard let registration = registration(key) else { return }
        registrations[key.index] = nil
        vacant.append(key.index)
        control(EPOLL_CTL_DEL, registration.descriptor, [], key.rawValue)
    }

    /// Sees to it that the handler hears `timePassed` at `instant`, or earlier where it asked for that before.
    func wake(_ key: Key, at instant: ContinuousClock.Instant) {
        guard let registration = registration(key) else { return }
        if let earlier = registration.wakeAt, earlier <= instant { return }
        registration.wakeAt = instant
        timers.schedule(key, at: instant)
    }

    /// Calls `flush` at the end of this round. The handler sees to it that it asks once.
    func flushLater(_ handler: any ReadinessHandler) {
        unflushed.append(handler)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ interest: Readiness, _ key: UInt64) {
        guard descriptor >= 0 else { return }  // a transport in memory
        _ = linux_epoll_control(epoll, operation, descriptor, interest.rawValue, key)
    }
}

// MARK: The thread
extension EventLoop {
    private func run() {
        linux_enter_loop(address)
        while true {
            let (mayStop, hasJobs) = inbox.withLock { inbox in
                inbox.isAsleep = inbox.jobs.isEmpty
                return (inbox.isStopping && inbox.jobs.isEmpty, !inbox.jobs.isEmpty)
            }
            if mayStop { break }
            turn(milliseconds: hasJobs ? 0 : millisecondsToNextTimer)
        }
        registrations = []
    }

    /// One round: what the descriptors are ready for, the jobs that wait, the instants that have come, what is to leave.
    ///
    /// - Parameter milliseconds: how long to wait for the descriptors; nil: there are none to look at.
    func turn(milliseconds: Int32?) {
        if let milliseconds { waitForEvents(milliseconds: milliseconds) } else { now = .now }
        runJobs()
        fireTimers()
        flushAll()
    }

    /// Whether the next round has jobs.
    var hasJobs: Bool { inbox.withLock { !$0.jobs.isEmpty } }

    /// Rounded up, so that the timer is due on waking; -1 waits for events alone.
    private var millisecondsToNextTimer: Int32 {
        guard let next = timers.next else { return -1 }
        let rest = (next - .now).components
        let milliseconds = rest.seconds * 1000 + rest.attoseconds / 1_000_000_000_000_000 + 1
        return Int32(clamping: max(0, milliseconds))
    }

    private func waitForEvents(milliseconds: Int32) {
        let count = linux_epoll_wait(epoll, &events, Int32(events.count), milliseconds)
        inbox.withLock { $0.isAsleep = false }
        now = .now
        for index in 0..<Int(max(0, count)) {
            let event = events[index]
            guard event.key != UInt64.max else {
                silence()
                continue
            }
            let handler = registration(Key(rawValue: event.key))?.handler
            handler?.becameReady(Readiness(rawValue: event.readiness))
        }
    }

    private func silence() {
        var count: UInt64 = 0
        _ = read(bell, &count, MemoryLayout<UInt64>.size)
    }

    private func runJobs() {
        let jobs = inbox.withLock { inbox in
            defer { inbox.jobs.removeAll(keepingCapacity: inbox.jobs.capacity <= 1024) }
            return inbox.jobs
        }
        for job in jobs { job() }
    }

    private func fireTimers() {
        while let key = timers.popDue(at: now) {
            guard let registration = registration(key), let due = registration.wakeAt, due <= now else { continue }
            registration.wakeAt = nil
            registration.handler.timePassed()
        }
    }

    private func flushAll() {
        while !unflushed.isEmpty {
            let handlers = unflushed
            unflushed.removeAll(keepingCapacity: true)
            for handler in handlers { handler.flush() }
        }
    }
}

/// A value that only a loop's thread may touch, held by others.
struct LoopBound<Value>: @unchecked Sendable {  // `value` is reached only inside jobs of `loop`
    private let loop: EventLoop
    private let value: Value

    init(_ value: Value, to loop: EventLoop) {
        self.loop = loop
        self.value = value
    }

    /// The value where the caller is on the loop's thread, and may use it at once.
    var valueOnLoop: Value? { loop.isOnLoop ? value : nil }

    /// Runs `job` with the value: at once on the loop's thread, from any other soon.
    ///
    /// - Returns: false when the loop has stopped and the job is dropped.
    @discardableResult
    func run(_ job: @escaping @Sendable (Value) -> Void) -> Bool {
        guard loop.isOnLoop else { return execute(job) }
        job(value)
        return true
    }

    /// Runs `job` with the value on the loop's thread, soon.
    ///
    /// - Returns: false when the loop has stopped and the job is dropped.
    @discardableResult
    func execute(_ job: @escaping @Sendable (Value) -> Void) -> Bool {
        loop.execute { [self] in job(value) }
    }
}

import CCurl
import Foundation
import Synchronization

/// The one thread that touches a multi handle of libcurl and its transfers.
///
/// State under "thread" belongs to it alone; other threads leave jobs in `inbox`.
final class CurlDriver: @unchecked Sendable {
    typealias Done = @Sendable (Result<HTTPResponse, HTTPError>) -> Void

    private enum Job {
        case start(UInt64, HTTPClient.Request, Done)
        case cancel(UInt64)
    }

    private struct Inbox {
        var jobs: [Job] = []
        var lastID: UInt64 = 0
        var isStopping = false
        var hasThread = false
    }

    private static let libraryIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let inbox = Mutex(Inbox())
    private let multi: OpaquePointerBox?

    // Thread.
    private var transfers: [UInt64: CurlTransfer] = [:]
    private var idOfHandle: [UnsafeMutableRawPointer: UInt64] = [:]

    init() {
        multi = Self.libraryIsReady ? curl_multi_init().map { OpaquePointerBox(pointer: $0) } : nil
        if let multi {
            // libcurl's own bound follows the transfers under way and throws idle connections out between two bursts.
            hilum_curl_multi_set_long(multi.pointer, CURLMOPT_MAXCONNECTS, Self.keptConnections)
        }
    }

    /// Idle connections kept, to all servers together.
    private static let keptConnections = 256

    deinit {
        if let multi { curl_multi_cleanup(multi.pointer) }
    }

    /// A handle of libcurl. `curl_multi_wakeup` may be called on it from any thread; all else is the thread's.
    private struct OpaquePointerBox: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }
}

// MARK: From any thread
extension CurlDriver {
    func nextID() -> UInt64 {
        inbox.withLock { inbox in
            inbox.lastID += 1
            return inbox.lastID
        }
    }

    func start(_ id: UInt64, _ request: HTTPClient.Request, done: @escaping Done) {
        guard multi != nil else { return done(.failure(.system(call: "curl_multi_init", code: ENOMEM))) }
        if Task.isCancelled { return done(.failure(.cancelled)) }
        leave(.start(id, request, done))
    }

    func cancel(_ id: UInt64) {
        leave(.cancel(id))
    }

    func stop() {
        inbox.withLock { $0.isStopping = true }
        wake()
    }

    private func leave(_ job: Job) {
        let needsThread = inbox.withLock { inbox in
            inbox.jobs.append(job)
            defer { inbox.hasThread = true }
            return !inbox.hasThread
        }
        if needsThread {
            let thread = Thread { [self] in run() }
            thread.name = "http-client"
            thread.start()
        }
        wake()
    }

    private func wake() {
        if let multi { curl_multi_wakeup(multi.pointer) }
    }
}

// MARK: The thread
extension CurlDriver {
    private func run() {
        guard let multi = multi?.pointer else { return }
        while true {
            let (jobs, isStopping) = inbox.withLock { inbox in
                defer { inbox.jobs = [] }
                return (inbox.jobs, inbox.isStopping)
            }
            for job in jobs { perform(job, multi) }
            if isStopping { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            reapFinished(multi)
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        for id in Array(transfers.keys) { end(id, .failure(.cancelled), multi) }
    }

    private func perform(_ job: Job, _ multi: UnsafeMutableRawPointer) {
        switch job {
        case .cancel(let id):
            // libcurl 7.88 sends the reset of a stream only when its connection is used again. Where no other transfer
            // uses it, the connection is closed, so that the server stops at once.
            if let transfer = transfers[id] { hilum_curl_set_long(transfer.handle, CURLOPT_FORBID_REUSE, 1) }
            end(id, .failure(.cancelled), multi)
        case .start(let id, let request, let done):
            guard let transfer = CurlTransfer(request, done: done) else {
                return done(.failure(.system(call: "curl_easy_init", code: ENOMEM)))
            }
            transfers[id] = transfer
            idOfHandle[transfer.handle] = id
            if curl_multi_add_handle(multi, transfer.handle) != CURLM_OK {
                end(id, .failure(.system(call: "curl_multi_add_handle", code: ENOMEM)), multi)
            }
        }
    }

    private func reapFinished(_ multi: UnsafeMutableRawPointer) {
        var code = CURLE_OK
        while let handle = hilum_curl_next_done(multi, &code) {
            guard let id = idOfHandle[handle], let transfer = transfers[id] else { continue }
            end(id, transfer.result(code), multi)
        }
    }

    /// A cancellation may come before its transfer, or after it: the first is kept out by `start`'s own look.
    private func end(_ id: UInt64, _ result: Result<HTTPResponse, HTTPError>, _ multi: UnsafeMutableRawPointer) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        idOfHandle[transfer.handle] = nil
        curl_multi_remove_handle(multi, transfer.handle)
        transfer.done(result)
    }
}

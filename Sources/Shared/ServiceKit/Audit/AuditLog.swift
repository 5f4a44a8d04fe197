@preconcurrency import Dispatch
package import Foundation

/// The audit log of one program: append-only, hash-chained, synced in groups.
package actor AuditLog {
    private typealias Waiter = CheckedContinuation<Void, any Error>
    private typealias Entry = (record: AuditRecord, time: String, waiter: Waiter?)

    /// Refusals written down a second in the long run, and at once: whoever is refused must not fill the disk.
    private static let refusalsPerSecond = 10.0
    private static let refusalsAtOnce = 200.0

    private let file: AuditFileOwner
    private let logger: Logger
    private let failures: Counter
    private let now: @Sendable () -> Date
    private var pending: [Entry] = []
    private var isWriting = false
    private var isClosed = false
    private var closing: [CheckedContinuation<Void, Never>] = []
    private var refusalTokens = refusalsAtOnce
    private var refusalsFilledAt = ContinuousClock.now
    private var suppressed = 0

    /// Opens the file and goes on with its chain.
    ///
    /// - Throws: `AuditFileError`.
    package init(
        path: String, maxFileBytes: Int = 64 << 20, logger: Logger, metrics: Metrics,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(AuditFileError) {
        file = try AuditFileOwner(path: path, maxBytes: maxFileBytes)
        self.logger = logger
        self.now = now
        failures = metrics.counter("hilum_audit_failures_total", help: "Audit records that could not be written.")
        if file.wasCut { pending.append((AuditRecord(.recovery), Self.text(of: now()), nil)) }
    }

    /// Writes a record; returns once it is on disk.
    ///
    /// - Throws: `AccessError.auditUnavailable`, so that what has to be written down and cannot be is not done.
    package func record(_ record: AuditRecord) async throws(AccessError) {
        do {
            try await withCheckedThrowingContinuation { add((record, Self.text(of: now()), $0)) }
        } catch {
            throw .auditUnavailable
        }
    }

    /// Writes a record when there is time.
    package nonisolated func note(_ record: AuditRecord) {
        Task { try? await self.record(record) }
    }

    /// Writes a refusal when there is time; many at once are counted instead.
    package nonisolated func noteRefusal(_ record: AuditRecord) {
        Task { await add(refusal: record) }
    }

    private func add(refusal record: AuditRecord) {
        let now = ContinuousClock.now
        let refill = (now - refusalsFilledAt) / .seconds(1) * Self.refusalsPerSecond
        refusalTokens = min(Self.refusalsAtOnce, refusalTokens + refill)
        refusalsFilledAt = now
        guard refusalTokens >= 1 else {
            suppressed += 1
            return
        }
        refusalTokens -= 1
        if suppressed > 0 {
            add((AuditRecord(.refused, detail: "\(suppressed) more before this"), Self.text(of: self.now()), nil))
            suppressed = 0
        }
        add((record, Self.text(of: self.now()), nil))
    }

    /// Ends the log once everything is written; what comes later is refused.
    package func close() async {
        isClosed = true
        if isWriting { await withCheckedContinuation { closing.append($0) } }
        await file.close()
    }

    private func add(_ entry: Entry) {
        if isClosed {
            entry.waiter?.resume(throwing: AccessError.auditUnavailable)
            return
        }
        pending.append(entry)
        guard !isWriting else { return }
        isWriting = true
        Task { await writePending() }
    }

    /// What comes while a group is written is the next group.
    private func writePending() async {
        while !pending.isEmpty {
            let group = pending
            pending = []
            do {
                try await file.append(group.map { ($0.record, $0.time) })
                for entry in group { entry.waiter?.resume() }
            } catch {
                failures.increment(by: Double(group.count))
                logger.error("audit log not written", ["error.text": .string(String(describing: error))])
                for entry in group { entry.waiter?.resume(throwing: error) }
            }
        }
        isWriting = false
        closing.forEach { $0.resume() }
        closing = []
    }

    private static func text(of date: Date) -> String {
        date.formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }
}

/// Does the file's work on a queue of its own, which guards it.
private final class AuditFileOwner: @unchecked Sendable {
    private var file: AuditFile?
    private let queue = DispatchQueue(label: "hilum.audit")
    let wasCut: Bool

    init(path: String, maxBytes: Int) throws(AuditFileError) {
        let file = try AuditFile(path: path, maxBytes: maxBytes)
        self.file = file
        wasCut = file.wasCut
    }

    func append(_ records: [(AuditRecord, time: String)]) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { continuation.resume(with: Result { try self.file?.append(records) ?? () }) }
        }
    }

    /// Lets go of the file and its lock.
    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.file = nil
                continuation.resume()
            }
        }
    }
}

extension ServerOptions {
    /// Opens the audit log; nil where none is kept.
    ///
    /// - Throws: `ConfigurationError.contradiction`.
    package func openAudit(logger: Logger, metrics: Metrics) throws(ConfigurationError) -> AuditLog? {
        guard let path = access.auditFile else { return nil }
        do throws(AuditFileError) {
            return try AuditLog(path: path, maxFileBytes: access.auditFileBytes, logger: logger, metrics: metrics)
        } catch {
            throw .contradiction(key: "audit-log", value: path, reason: error.text)
        }
    }
}

extension AuditFileError {
    fileprivate var text: String {
        switch self {
        case .inUse: "another program writes it"
        case .system(_, let call, let code): "\(call): \(String(cString: strerror(code)))"
        case .foreign: "its last line is no audit record"
        }
    }
}

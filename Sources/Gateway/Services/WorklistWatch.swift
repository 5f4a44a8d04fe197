package import RPC
package import ServiceKit
import Synchronization
package import Wire

/// Grows with each change that this gateway wrote into the ledger.
package final class ChangeCounter: Sendable {
    private let value = Atomic<Int>(0)
    package init() {}
    package var count: Int { value.load(ordering: .relaxed) }
    package func increment() { value.wrappingAdd(1, ordering: .relaxed) }
}

/// Answers `WatchWorklist`: each study that changed, in the order of the changes.
///
/// Nothing is buffered for a client: each asks the ledger for what changed after the last it took. One that falls behind
/// gets each study once, as it is by then.
package final class WorklistWatch: Sendable {
    private let ledger: any Ledger
    private let order: WorklistOrder
    private let clock: any WallClock
    private let health: Health
    private let limit: Int
    private let changes: ChangeCounter
    private let watchers = Atomic<Int>(0)

    /// - Parameter limit: clients that may watch at the same time.
    package init(
        ledger: any Ledger, changes: ChangeCounter, order: WorklistOrder, clock: any WallClock, health: Health,
        limit: Int = 1000
    ) {
        self.ledger = ledger
        self.changes = changes
        self.order = order
        self.clock = clock
        self.health = health
        self.limit = limit
    }

    /// Adds the method to `router`.
    package func register(on router: inout RPCRouter) {
        router.serverStreaming(TriageServiceMethods.watchWorklist) { request, _ in
            try await self.watch(request)
        }
    }

    /// The changes from the request's token on.
    package func watch(_ request: WatchWorklistRequest) async throws -> Changes {
        let latest = try await ledger.latestChange()
        var start = latest
        if !request.resumeToken.isEmpty {
            guard let token = ResumeToken(text: request.resumeToken) else { throw GatewayError.foreignResumeToken }
            // A number from the future comes from before the ledger was restored from a copy.
            guard token.ledger == latest.ledger, token.change <= latest.change else {
                throw GatewayError.foreignResumeToken
            }
            start = token
        }
        guard watchers.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
            watchers.wrappingSubtract(1, ordering: .relaxed)
            throw GatewayError.tooManyWatchers(limit: limit)
        }
        return Changes(watch: self, place: Place(watch: self), start: start)
    }

    /// One client's place, given back when it goes.
    package final class Place: Sendable {
        private let watch: WorklistWatch
        fileprivate init(watch: WorklistWatch) { self.watch = watch }
        deinit { watch.watchers.wrappingSubtract(1, ordering: .relaxed) }
    }

    /// The changes after a token, without end; it throws when the gateway is about to end.
    package struct Changes: AsyncSequence, Sendable {
        fileprivate let watch: WorklistWatch
        fileprivate let place: Place
        fileprivate let start: ResumeToken

        package func makeAsyncIterator() -> Iterator { Iterator(watch: watch, place: place, position: start) }

        package struct Iterator: AsyncIteratorProtocol {
            fileprivate let watch: WorklistWatch
            fileprivate let place: Place
            fileprivate var position: ResumeToken
            private var page: ArraySlice<StudyChange> = []

            fileprivate init(watch: WorklistWatch, place: Place, position: ResumeToken) {
                self.watch = watch
                self.place = place
                self.position = position
            }

            package mutating func next() async throws -> WorklistEvent? {
                while true {
                    if let event = try await nextSoon() { return event }
                }
            }

            /// The next change, or nil where there was none for about a second.
            package mutating func nextSoon() async throws -> WorklistEvent? {
                if page.isEmpty { page = try await watch.page(after: position.change)[...] }
                guard let change = page.popFirst() else { return nil }
                position = ResumeToken(ledger: position.ledger, change: change.change)
                return watch.event(change, position)
            }
        }
    }

    /// What changed after `change`; empty when nothing did for a while.
    private func page(after change: Int64) async throws -> [StudyChange] {
        let seen = changes.count
        let found = try await ledger.changes(after: change, limit: 100)
        if found.isEmpty { try await waitForChange(since: seen) }
        return found
    }

    /// Returns after a change of this gateway, or after a second, in which others may have written. The pause between
    /// two looks also bounds how often one client asks the ledger.
    private func waitForChange(since seen: Int) async throws {
        for _ in 0..<20 {
            if health.state == .draining { throw GatewayError.ending }
            try await Task.sleep(for: .milliseconds(50))
            if changes.count != seen { return }
        }
    }

    private func event(_ change: StudyChange, _ position: ResumeToken) -> WorklistEvent {
        let now = clock.now
        let isOverdue = order.isOverdue(receivedAt: change.study.receivedAt, at: now)
        return WorklistEvent(
            entry: WorklistEntry(WorklistPage.Entry(study: change.study, isOverdue: isOverdue), at: now),
            resumeToken: position.text)
    }
}

import Foundation
package import RPC
package import ServiceKit

/// How the dispatcher works.
package struct DispatchOptions: Sendable, Hashable {
    /// Jobs that are with a service at the same time, for each of its replicas.
    package var concurrency = 4
    /// How long one call may take.
    package var callTimeout = Duration.seconds(120)
    /// Most bytes of one message to a service.
    package var maximumBytes = 256 << 20
    /// When a job is sent again.
    package var retry = RetryPolicy()

    package init() {}

    /// How long after its last sign of life a gateway loses its jobs to others that share its ledger.
    package var leaseDuration = Duration.seconds(15)
}

/// Takes what is due from the ledger, sends it to its service, and writes down what came of it.
///
/// What it knows besides the ledger is only how many jobs are out, so that it can be killed at any moment.
package actor Dispatcher {
    private let ledger: any Ledger
    private let blobs: BlobStore
    private let pools: [Route: BackendPool]
    private let options: DispatchOptions
    private let clock: any WallClock
    /// 0 to 1, evenly distributed.
    private let jitter: @Sendable () -> Double
    private let log: Logger
    private let metrics: GatewayMetrics
    private let spans: any SpanRecorder
    private let signal = WakeSignal()
    private var running: [Route: Int] = [:]
    /// When the leases of what is out were last renewed.
    private var renewedAt = Timestamp(milliseconds: 0)
    /// Up to when everything due was looked at.
    private var checkedUpTo = Timestamp(milliseconds: 0)
    private var loadShownAt = Timestamp(milliseconds: 0)

    /// After a look that found nothing due. What comes in quick succession is looked at together; what comes alone, at
    /// once.
    private static let pause = Duration.milliseconds(5)

    package init(
        ledger: any Ledger, blobs: BlobStore, pools: [BackendPool], options: DispatchOptions, clock: any WallClock,
        jitter: @escaping @Sendable () -> Double, log: Logger, metrics: GatewayMetrics,
        spans: any SpanRecorder
    ) {
        self.ledger = ledger
        self.blobs = blobs
        self.pools = Dictionary(pools.map { ($0.route, $0) }, uniquingKeysWith: { first, _ in first })
        self.options = options
        self.clock = clock
        self.jitter = jitter
        self.log = log
        self.metrics = metrics
        self.spans = spans
    }

    /// Tells the loop that something may be due.
    package nonisolated func wake() {
        signal.wake()
    }

    /// Works until its task is cancelled; calls that are out are cancelled with it and their jobs put back.
    package func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let claims = await claims()
                for claim in claims {
                    group.addTask { await self.process(claim) }
                }
                await showLoad()
                if claims.isEmpty { try? await Task.sleep(for: Self.pause) }
                await signal.sleep(atMost: await timeToNextEvent())
            }
        }
    }

    /// Does everything that is due now, and what becomes due by it; returns when nothing is left.
    package func runDue() async {
        while true {
            let claims = await claims()
            guard !claims.isEmpty else { return }
            await withDiscardingTaskGroup { group in
                for claim in claims {
                    group.addTask { await self.process(claim) }
                }
            }
        }
    }

    /// Closes quiet studies, takes back lost jobs, and claims what is due and has room.
    private func claims() async -> [Claim] {
        let now = clock.now
        checkedUpTo = now
        var claims: [Claim] = []
        do throws(StorageError) {
            try await renewLeases(at: now)
            _ = try await ledger.closeQuietStudies(at: now)
            let released = try await ledger.releaseLeases(all: false, at: now)
            if released > 0 { log.warning("leases ran out", ["jobs": .int(released)]) }
            for route in Route.allCases {
                guard let pool = pools[route] else { continue }
                let room = options.concurrency * max(1, pool.replicas.all.count) - running[route, default: 0]
                guard room > 0 else { continue }
                let taken = try await ledger.claim(route, limit: room, leaseDuration: options.leaseDuration, at: now)
                running[route, default: 0] += taken.count
                claims += taken
            }
        } catch {
            log.error("ledger failed", ["error": .string("\(error)")])
        }
        // What was claimed before a failure is ours and has to be sent.
        return claims
    }

    private func renewLeases(at now: Timestamp) async throws(StorageError) {
        guard running.values.contains(where: { $0 > 0 }),
            now - renewedAt >= options.leaseDuration / 3 || now < renewedAt
        else { return }
        try await ledger.renewLeases(options.leaseDuration, at: now)
        renewedAt = now
    }

    /// How long the loop may sleep: never long, because wall time may jump. What was due and found no room is taken
    /// when a job comes back.
    private func timeToNextEvent() async -> Duration {
        let longest = Duration.seconds(1)
        guard let next = try? await ledger.nextEvent(after: checkedUpTo) else { return longest }
        return min(max(next - clock.now, .milliseconds(1)), longest)
    }

    /// Counts what is open, not more often than every few seconds: counting costs as much as there is.
    private func showLoad() async {
        guard clock.now >= loadShownAt + .seconds(5) || clock.now < loadShownAt else { return }
        loadShownAt = clock.now
        if let load = try? await ledger.load() { metrics.show(load, at: clock.now) }
    }

    private func process(_ claim: Claim) async {
        defer {
            running[claim.route, default: 1] -= 1
            signal.wake()
        }
        guard let pool = pools[claim.route] else { return }
        await Trace.serving("dispatch", metadata: Metadata(resuming: claim.trace), recorder: spans) {
            await send(claim, to: pool)
        }
        if pool.takeRecovery() { await hasten(claim.route) }
    }

    private func send(_ claim: Claim, to pool: BackendPool) async {
        let call = ServiceCall(
            blobs: blobs, pool: pool, timeout: options.callTimeout, maximumBytes: options.maximumBytes)
        let started = ContinuousClock.now
        do throws(RPCStatus) {
            let settlement = try await call.answer(claim)
            await settle(claim, settlement)
        } catch {
            await handle(error, of: claim)
        }
        metrics.callSeconds.observe(ContinuousClock.now - started, claim.route.rawValue)
    }

    private func handle(_ status: RPCStatus, of claim: Claim) async {
        let reason = status.reason(from: claim.route)
        switch CallVerdict(status) {
        case .refused:
            await settle(claim, .refused(reason: reason))
        case .workTrouble where options.retry.givesUp(afterFailures: claim.failures + 1):
            await settle(claim, .failed(reason: "\(reason); gave up after \(claim.failures + 1) failures"))
        case .workTrouble:
            await postpone(claim, status, countsAsFailure: true)
        case .connectionLost where claim.losses + 1 >= options.retry.maximumLosses:
            let losses = claim.losses + 1
            await settle(claim, .failed(reason: "\(reason) while it had the image; gave up after \(losses) times"))
        case .connectionLost:
            await postpone(claim, status, countsAsFailure: false, countsAsLoss: true)
        case .serviceTrouble where clock.now - claim.firstAttemptAt >= options.retry.longestTrouble:
            await settle(claim, .failed(reason: "\(reason); gave up after \(claim.attempts) attempts"))
        case .serviceTrouble:
            await postpone(claim, status, countsAsFailure: false)
        }
    }

    private func settle(_ claim: Claim, _ settlement: Settlement) async {
        do throws(StorageError) {
            let isSettled = try await Trace.span("settle") { () throws(StorageError) in
                try await ledger.settle(claim, as: settlement, at: clock.now)
            }
            metrics.jobs.increment(claim.route.rawValue, isSettled ? settlement.name : "stale")
            log.info(
                "job ended",
                ["job": .int(Int(claim.job)), "outcome": .string(isSettled ? settlement.name : "stale")])
        } catch {
            // The job stays dispatched; it is sent again when its lease runs out.
            log.error("ledger failed", ["error": .string("\(error)"), "job": .int(Int(claim.job))])
        }
    }

    private func postpone(
        _ claim: Claim, _ status: RPCStatus, countsAsFailure: Bool, countsAsLoss: Bool = false
    ) async {
        let delay = options.retry.delay(afterAttempt: claim.attempts, jitter: jitter())
        let until = Task.isCancelled ? clock.now : clock.now + delay
        let postponement = Postponement(
            until: until, reason: status.reason(from: claim.route), countsAsFailure: countsAsFailure,
            countsAsLoss: countsAsLoss)
        do throws(StorageError) {
            _ = try await ledger.postpone(claim, postponement, at: clock.now)
            metrics.jobs.increment(claim.route.rawValue, "postponed")
            log.warning(
                "job postponed",
                [
                    "job": .int(Int(claim.job)), "attempts": .int(claim.attempts),
                    "status": .string(status.code.connectName),
                ])
        } catch {
            log.error("ledger failed", ["error": .string("\(error)"), "job": .int(Int(claim.job))])
        }
    }

    /// The service came back: what waits for it need not wait for its own back-off.
    private func hasten(_ route: Route) async {
        guard let count = try? await ledger.hasten(route, at: clock.now) else { return }
        log.info("service is back", ["route": .string(route.rawValue), "jobs": .int(count)])
    }
}

extension Metadata {
    /// What a caller would have sent to go on with a trace; empty for nil.
    fileprivate init(resuming trace: TraceContext?) {
        self.init()
        guard let trace else { return }
        self["traceparent"] = trace.parent
        if !trace.state.isEmpty { self["tracestate"] = trace.state }
    }
}

extension Settlement {
    /// For metrics and logs.
    var name: String {
        switch self {
        case .answered: "answered"
        case .refused: "refused"
        case .failed: "failed"
        }
    }
}

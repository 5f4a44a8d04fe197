import HTTP
import Synchronization
package import Wire

/// Calls methods of a service that has several replicas: each call goes to one that is available and little loaded,
/// and once more to another where the first cannot have acted, or the method may be repeated.
///
/// The thin side of `Balancer`: it makes the calls, looks names up, checks health, and tells the time.
package final class BalancedClient: Sendable {
    struct State {
        var balancer: Balancer
        var budget: RetryBudget
        var callers: [Endpoint: any RPCCaller] = [:]
        /// What each target was found to mean the last time, by its index.
        var found: [Int: [Endpoint]] = [:]
        /// A look-up under way for calls that know no replica.
        var lookup: Task<Void, Never>?
    }

    /// What a balanced client is given from outside.
    package struct Surroundings: Sendable {
        package var lookup: any AddressLookup = NameResolver()
        package var observer: (any BalancerObserver)?
        package var now: @Sendable () -> ContinuousClock.Instant = { .now }
        /// A number from 0 up to, without, the one it is given.
        package var random: @Sendable (Int) -> Int = { Int.random(in: 0..<$0) }

        package init() {}
    }

    /// Of the service, for messages.
    private let name: String
    let targets: [Target]
    let options: BalancerOptions
    let surroundings: Surroundings
    private let makeCaller: @Sendable (Endpoint) -> any RPCCaller
    let state: Mutex<State>

    /// - Parameter makeCaller: gives the one that calls a replica; asked once for each.
    package init(
        name: String, targets: [Target], options: BalancerOptions = BalancerOptions(),
        surroundings: Surroundings = Surroundings(), makeCaller: @escaping @Sendable (Endpoint) -> any RPCCaller
    ) {
        self.name = name
        self.targets = targets
        self.options = options
        self.surroundings = surroundings
        self.makeCaller = makeCaller
        let known = targets.compactMap {
            if case .replica(let address) = $0 { Endpoint(address: address) } else { nil }
        }
        state = Mutex(
            State(
                balancer: Balancer(known, options: options),
                budget: RetryBudget(
                    share: options.retryShare, minimum: options.retryMinimum, at: surroundings.now())))
        update { _ in }
    }

    /// One request, one answer. Cancelling the Task cancels the call on the other side.
    ///
    /// - Parameter timeout: for all attempts together; each is told what is left of it.
    /// - Throws: the status of the replica that was asked last; `unavailable` where none can be reached.
    package func unary<Q: Message, R: Message>(
        _ method: MethodDescriptor<Q, R>, _ request: Q, timeout: Duration? = nil
    ) async throws(RPCStatus) -> R {
        let deadline = Deadline.after(timeout)
        if targets.contains(where: \.isLookedUp), state.withLock({ $0.balancer.endpoints.isEmpty }) {
            await lookUpNow()
        }
        state.withLock { $0.budget.deposit() }
        var attempts = Attempts(isRepeatable: method.isRepeatable)
        while let (endpoint, caller) = pick(except: attempts.tried) {
            do throws(CallFailure) {
                return try await send(to: endpoint, caller, method, request, until: deadline)
            } catch {
                attempts.note(error, of: endpoint)
                guard !Task.isCancelled, mayGoOn(attempts, after: error) else { throw error.status }
            }
        }
        throw attempts.last ?? RPCStatus(.unavailable, "no replica of the \(name) service is known")
    }

    private func pick(except tried: Set<Endpoint>) -> (Endpoint, any RPCCaller)? {
        update { state in
            guard let endpoint = state.balancer.pick(except: tried, at: surroundings.now(), random: surroundings.random)
            else { return nil }
            return (endpoint, caller(of: endpoint, &state))
        }
    }

    private func send<Q: Message, R: Message>(
        to endpoint: Endpoint, _ caller: any RPCCaller, _ method: MethodDescriptor<Q, R>, _ request: Q,
        until deadline: ContinuousClock.Instant?
    ) async throws(CallFailure) -> R {
        let started = ContinuousClock.now
        surroundings.observer?.note(.callStarted(replica: endpoint.label))
        var outcome = Balancer.Outcome.answered
        defer {
            update { $0.balancer.finish(endpoint, outcome, at: surroundings.now()) }
            surroundings.observer?.note(.callEnded(replica: endpoint.label, outcome, after: .now - started))
        }
        do throws(CallFailure) {
            let left = deadline.map { $0 - .now }
            if let left, left <= .zero { throw CallFailure(.deadlinePassed, .caller) }
            return try await caller.attempt(method, request, timeout: left)
        } catch {
            outcome = error.outcome
            throw error
        }
    }

    private func mayGoOn(_ attempts: Attempts, after failure: CallFailure) -> Bool {
        switch attempts.next(after: failure, atMost: options.maxAttempts) {
        case .stop: return false
        case .elsewhere: return true
        case .again:
            let isAllowed = state.withLock { $0.budget.withdraw(at: surroundings.now()) }
            surroundings.observer?.note(.retry(allowed: isAllowed))
            return isAllowed
        }
    }

    func caller(of endpoint: Endpoint, _ state: inout State) -> any RPCCaller {
        if let caller = state.callers[endpoint] { return caller }
        let caller = makeCaller(endpoint)
        state.callers[endpoint] = caller
        return caller
    }

    /// Changes the state, and tells the observer what an operator should know.
    func update<T>(_ change: (inout sending State) -> T) -> T {
        let (result, changes) = state.withLock { state in
            let result = change(&state)
            return (result, state.balancer.takeChanges())
        }
        for change in changes { surroundings.observer?.note(.changed(change)) }
        return result
    }
}

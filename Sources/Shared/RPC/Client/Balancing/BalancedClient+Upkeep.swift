import HTTP
import Synchronization
import Wire

extension BalancedClient {
    /// Looks names up again and again and checks the replicas' health, until its Task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            if targets.contains(where: \.isLookedUp) {
                group.addTask { await self.every(self.options.lookupInterval) { await self.lookUp() } }
            }
            if options.checkInterval > .zero {
                group.addTask { await self.every(self.options.checkInterval) { await self.checkAll() } }
            }
        }
    }

    private func every(_ interval: Duration, _ work: () async -> Void) async {
        while !Task.isCancelled {
            await work()
            try? await Task.sleep(for: interval)
        }
    }
}

// MARK: Names
extension BalancedClient {
    /// One look-up for all calls that wait for it.
    func lookUpNow() async {
        let lookup = state.withLock { state in
            if let lookup = state.lookup { return lookup }
            let lookup = Task { await self.lookUp() }
            state.lookup = lookup
            return lookup
        }
        await lookup.value
        state.withLock { $0.lookup = nil }
    }

    /// Takes over the replicas that there are now. Where a name cannot be looked up, those known before stay.
    func lookUp() async {
        for (index, target) in targets.enumerated() {
            do throws(NameResolver.Failure) {
                let endpoints = try await target.endpoints(surroundings.lookup)
                state.withLock { $0.found[index] = endpoints }
            } catch {
                surroundings.observer?.note(.lookupFailed(name: error.name))
            }
        }
        update { state in
            let endpoints = targets.indices.flatMap { state.found[$0] ?? [] }
            state.balancer.update(endpoints)
            let known = Set(endpoints)
            state.callers = state.callers.filter { known.contains($0.key) }
        }
    }
}

// MARK: Health
extension BalancedClient {
    /// Asks every replica for its health (grpc.health.v1), all at the same time.
    func checkAll() async {
        let replicas = state.withLock { state in
            state.balancer.endpoints.map { ($0, caller(of: $0, &state)) }
        }
        await withDiscardingTaskGroup { group in
            for (endpoint, caller) in replicas {
                group.addTask { await self.check(endpoint, caller) }
            }
        }
    }

    private func check(_ endpoint: Endpoint, _ caller: any RPCCaller) async {
        guard let found = await Self.health(caller, timeout: options.checkTimeout) else { return }
        update { $0.balancer.note(found, of: endpoint, at: surroundings.now()) }
    }

    /// nil where the check itself was cut short.
    private static func health(_ caller: any RPCCaller, timeout: Duration) async -> Balancer.Check? {
        do throws(CallFailure) {
            let answer = try await caller.attempt(HealthMethods.check, HealthCheckRequest(), timeout: timeout)
            return answer.status == .serving ? .serving : .notServing
        } catch {
            switch error.origin {
            case .caller: return nil
            case .unreached: return .unreachable
            case .lost, .late: return .noAnswer
            // A server without this method serves, as far as can be known.
            case .server: return error.status.code == .unimplemented ? .serving : .notServing
            }
        }
    }
}

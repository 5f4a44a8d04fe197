import HTTP
import RPC
import Synchronization
import Wire

/// A replica that does what a test says, and keeps what it was asked.
final class ScriptedReplica: RPCCaller {
    private struct State {
        var failure: CallFailure?
        var health: CallFailure?
        var isServing = true
        var timeouts: [Duration?] = []
    }

    private let state = Mutex(State())

    /// Every call fails so; nil: is answered.
    func fail(_ failure: CallFailure?) { state.withLock { $0.failure = failure } }
    func fail(_ code: RPCStatus.Code, _ origin: CallFailure.Origin) {
        fail(CallFailure(RPCStatus(code, "scripted"), origin))
    }
    func sayServing(_ isServing: Bool) { state.withLock { $0.isServing = isServing } }
    func failChecks(_ failure: CallFailure?) { state.withLock { $0.health = failure } }

    var calls: Int { state.withLock { $0.timeouts.count } }
    var timeouts: [Duration?] { state.withLock { $0.timeouts } }

    func attempt<Q: Message, R: Message>(
        _ method: MethodDescriptor<Q, R>, _ request: Q, timeout: Duration?
    ) async throws(CallFailure) -> R {
        if method.path == HealthMethods.check.path {
            let (failure, isServing) = state.withLock { ($0.health, $0.isServing) }
            if let failure { throw failure }
            let status = HealthCheckResponse.ServingStatus.self
            guard let answer = HealthCheckResponse(status: isServing ? status.serving : status.notServing) as? R else {
                throw CallFailure(RPCStatus(.internal), .server)
            }
            return answer
        }
        let failure = state.withLock { state in
            state.timeouts.append(timeout)
            return state.failure
        }
        if let failure { throw failure }
        guard let answer = request as? R else { throw CallFailure(RPCStatus(.internal), .server) }
        return answer
    }
}

/// Names that a test changes.
final class ScriptedLookup: AddressLookup {
    private let hosts = Mutex<[String: [String]]>([:])
    private let records = Mutex<[String: [NameResolver.Service]]>([:])

    func set(_ host: String, _ addresses: [String]?) { hosts.withLock { $0[host] = addresses } }
    func set(_ name: String, services: [NameResolver.Service]) { records.withLock { $0[name] = services } }

    func addresses(of host: String) async throws(NameResolver.Failure) -> [String] {
        guard let found = hosts.withLock({ $0[host] }) else { throw NameResolver.Failure(name: host) }
        return found
    }

    func services(of name: String) async throws(NameResolver.Failure) -> [NameResolver.Service] {
        guard let found = records.withLock({ $0[name] }) else { throw NameResolver.Failure(name: name) }
        return found
    }
}

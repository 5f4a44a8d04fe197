import Synchronization

/// Who is connected: bounds associations, in all and for each address, and makes room among the half-open.
final class AssociationTable: Sendable {
    private struct Entry {
        let peer: PeerAddress
        let transport: Transport
        var isEstablished = false
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var nextID: UInt64 = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let limits: ServerLimits
    private let state = Mutex(State())

    init(limits: ServerLimits) {
        self.limits = limits
    }

    /// Associations that stand.
    var establishedCount: Int {
        state.withLock { $0.entries.values.count(where: \.isEstablished) }
    }

    /// Connections that have no association.
    var halfOpenCount: Int {
        state.withLock { $0.entries.values.count { !$0.isEstablished } }
    }

    /// Takes a new connection in; one that is half-open may have to go for it.
    func enter(_ peer: PeerAddress, _ transport: Transport) -> UInt64 {
        let (id, evicted) = state.withLock { state -> (UInt64, Transport?) in
            let evicted = evict(from: &state)
            state.nextID += 1
            state.entries[state.nextID] = Entry(peer: peer, transport: transport)
            return (state.nextID, evicted)
        }
        evicted?.interrupt()
        return id
    }

    /// The oldest half-open connection of the address that has most.
    private func evict(from state: inout State) -> Transport? {
        let halfOpen = state.entries.filter { !$0.value.isEstablished }
        guard halfOpen.count >= limits.maxHalfOpen else { return nil }
        let byPeer = Dictionary(grouping: halfOpen.keys) { halfOpen[$0]?.peer ?? PeerAddress("") }
        let most = byPeer.values.max { $0.count < $1.count }
        return most?.min().flatMap { state.entries.removeValue(forKey: $0)?.transport }
    }

    /// Makes an association of a connection, or says which limit forbids it.
    func establish(_ id: UInt64) -> RejectionCause? {
        state.withLock { state in
            guard let peer = state.entries[id]?.peer else { return .associations(limit: limits.maxAssociations) }
            let established = state.entries.values.filter(\.isEstablished)
            if established.count >= limits.maxAssociations { return .associations(limit: limits.maxAssociations) }
            if established.count(where: { $0.peer == peer }) >= limits.maxAssociationsPerPeer {
                return .associationsOfPeer(limit: limits.maxAssociationsPerPeer)
            }
            state.entries[id]?.isEstablished = true
            return nil
        }
    }

    func leave(_ id: UInt64) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.entries[id] = nil
            guard state.entries.isEmpty else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        waiters.forEach { $0.resume() }
    }

    /// Ends everything, or what is half-open; answers that are being given can still be sent.
    func interrupt(onlyHalfOpen: Bool) {
        let transports = state.withLock { state in
            state.entries.values.filter { !onlyHalfOpen || !$0.isEstablished }.map(\.transport)
        }
        transports.forEach { $0.interrupt() }
    }

    /// Waits until nobody is connected.
    func empty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.entries.isEmpty { state.waiters.append(continuation) }
                return state.entries.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }
}

package import Cryptography
import Foundation
import Synchronization

/// Answers C-ECHO and C-STORE, and takes the reports of storage commitment: the acceptor's side of the DICOM network.
///
/// Every connection has a thread of its own from its first byte on, so that one that is silent holds up nobody.
package final class DICOMServer: Sendable {
    /// Where to listen.
    package struct Options: Sendable {
        package var host = "127.0.0.1"
        /// 0: the system chooses.
        package var port = 11112
        package var policy = AcceptancePolicy()
        package var limits = ServerLimits()

        package init() {}
    }

    private static let stackBytes = 1 << 20

    let options: Options
    let receiver: any InstanceReceiver
    let budget: MemoryBudget
    let table: AssociationTable
    let observe: @Sendable (ServerEvent) -> Void
    private let draining = Atomic(false)
    private let tls: Mutex<TLSContext?>
    private let listener = Mutex<Listener?>(nil)

    /// - Parameters:
    ///   - tls: what connections are accepted with; nil: in clear text.
    ///   - observe: is told what happens, on any thread.
    package init(
        _ options: Options, tls: TLSContext? = nil, receiver: any InstanceReceiver,
        observe: @escaping @Sendable (ServerEvent) -> Void = { _ in }
    ) {
        self.options = options
        self.receiver = receiver
        self.observe = observe
        self.tls = Mutex(tls)
        budget = MemoryBudget(bytes: options.limits.memoryBytes)
        table = AssociationTable(limits: options.limits)
    }

    /// Listens and begins to accept.
    ///
    /// - Returns: the bound port.
    package func start() throws(ListenError) -> Int {
        let listener = try Listener(host: options.host, port: options.port)
        self.listener.withLock { $0 = listener }
        let thread = Thread { [self] in
            while let (descriptor, peer) = listener.accept() { serve(descriptor, peer) }
        }
        thread.name = "hilum.dicom"
        thread.start()
        return listener.port
    }

    /// New connections are accepted with these certificates.
    package func use(_ tls: TLSContext?) {
        self.tls.withLock { $0 = tls }
    }

    /// Associations that stand now.
    package var associationCount: Int { table.establishedCount }
    /// Connections without an association.
    package var halfOpenCount: Int { table.halfOpenCount }

    var isDraining: Bool { draining.load(ordering: .relaxed) }

    private func serve(_ descriptor: Int32, _ peer: PeerAddress) {
        let transport = Transport(.server(tls.withLock { $0 }), maxDataBytes: options.limits.maxPDUBytes)
        let id = table.enter(peer, transport)
        let thread = Thread { [self] in
            AssociationSession(id: id, peer: peer, transport: transport, server: self).run(descriptor)
            table.leave(id)
        }
        thread.stackSize = Self.stackBytes
        thread.name = "hilum.dicom.assoc"
        thread.start()
    }

    /// Takes no further associations, lets those that stand finish, and cuts off what is left after `limit`.
    package func drain(within limit: Duration) async {
        draining.store(true, ordering: .relaxed)
        listener.withLock { $0 }?.stop()
        table.interrupt(onlyHalfOpen: true)
        let cut = Task { [table] in
            try await Task.sleep(for: limit)
            table.interrupt(onlyHalfOpen: false)
        }
        await table.empty()
        cut.cancel()
    }
}

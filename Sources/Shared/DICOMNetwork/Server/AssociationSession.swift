import CDCMTKNetwork

/// One connection from its first byte to its end, on a thread of its own.
struct AssociationSession {
    let id: UInt64
    let peer: PeerAddress
    let transport: Transport
    let server: DICOMServer

    private var limits: ServerLimits { server.options.limits }
    private var policy: AcceptancePolicy { server.options.policy }

    func run(_ descriptor: Int32) {
        do throws(DICOMNetworkError) {
            let association = try Association.receive(
                descriptor, over: transport, maxPDUBytes: limits.maxPDUBytes, within: limits.negotiation)
            try serve(association)
        } catch {
            server.observe(.ended(AssociationOutcome(error), peer))
        }
    }

    /// Negotiates, then answers requests until the end, which is thrown.
    private func serve(_ association: Association) throws(DICOMNetworkError) {
        let contexts: [UInt8: AcceptedContext]
        let partner: AssociationPeer
        do throws(DICOMNetworkError) {
            (contexts, partner) = try negotiate(association)
        } catch {
            if case .rejected = error {} else { association.abort() }
            throw error
        }
        server.observe(.accepted(partner))
        let services = RequestHandler(association: association, contexts: contexts, peer: partner, server: server)
        do throws(DICOMNetworkError) {
            while true { try answerNext(services) }
        } catch {
            end(association, error)
            throw error
        }
    }

    private func negotiate(
        _ association: Association
    ) throws(DICOMNetworkError) -> ([UInt8: AcceptedContext], AssociationPeer) {
        let request = try association.request()
        let cause =
            server.isDraining ? .draining : policy.refusal(of: peer) ?? policy.refusal(of: request) ?? table(of: id)
        if let cause {
            server.observe(.rejected(cause, peer))
            association.reject(cause.rejection)
            throw .rejected(cause.rejection)
        }
        let identifiers = Set(request.contexts.map(\.identifier))
        guard identifiers.count == request.contexts.count else { throw .malformed(.presentationContext) }
        let decisions = policy.decide(request.contexts)
        try association.accept(decisions)
        let contexts = decisions.compactMap(\.accepted).map { ($0.identifier, $0) }
        let partner = AssociationPeer(
            address: peer, callingAETitle: request.callingAETitle, calledAETitle: request.calledAETitle,
            certificate: transport.peerCertificate)
        return (Dictionary(contexts) { first, _ in first }, partner)
    }

    private func table(of id: UInt64) -> RejectionCause? { server.table.establish(id) }

    private func answerNext(_ services: RequestHandler) throws(DICOMNetworkError) {
        let start = ContinuousClock.now
        transport.allow(.request, until: start + limits.request)  // for what is still to be sent
        try transport.awaitInput(since: start) {
            server.isDraining ? min(limits.idle, ServerLimits.idleWhenDraining) : limits.idle
        }
        transport.allow(.request, until: .now + limits.request)
        try services.answerNext()
        transport.allow(.request, until: .now + limits.request)
        guard transport.flush() else { throw transport.failure ?? .connectionLost }
    }

    private func end(_ association: Association, _ error: DICOMNetworkError) {
        transport.allow(.request, until: .now + .seconds(1))
        switch error {
        case .released: association.acknowledgeRelease()
        case .abortedByPeer, .connectionLost: break
        default: association.abort()
        }
    }
}

/// Whom we let in, and for what. A value: no sockets.
package struct AcceptancePolicy: Sendable, Equatable {
    /// Our AE title.
    package var aeTitle = "HILUM"
    /// Whether the called AE title has to be ours.
    package var checksCalledAETitle = true
    /// AE titles that may call; empty: any.
    package var callingAETitles: [String] = []
    /// Where calls may come from; empty: anywhere.
    package var callingHosts: [AddressBlock] = []
    /// Whether a SOP class that the dictionary does not know is taken for storage.
    package var acceptsUnknownSOPClasses = true
    /// Transfer syntaxes taken before others where the requestor leaves the choice to us.
    package var preferredTransferSyntaxes: Set<String> = []

    package init() {}

    /// Why not this host; nil: it may call. Asked before a byte is read.
    package func refusal(of peer: PeerAddress) -> RejectionCause? {
        if callingHosts.isEmpty || callingHosts.contains(where: { $0.contains(peer) }) { return nil }
        return .host(configured: callingHosts.map(\.description))
    }

    /// Why not this association; nil: it is welcome.
    package func refusal(of request: AssociationRequest) -> RejectionCause? {
        if request.applicationContext != UID.applicationContext { return .applicationContext }
        if checksCalledAETitle, request.calledAETitle != aeTitle { return .calledAETitle(configured: aeTitle) }
        if !callingAETitles.isEmpty, !callingAETitles.contains(request.callingAETitle) {
            return .callingAETitle(configured: callingAETitles)
        }
        return nil
    }

    /// What becomes of each context.
    package func decide(_ contexts: [ProposedContext]) -> [ContextDecision] {
        contexts.map(decide)
    }

    private func decide(_ context: ProposedContext) -> ContextDecision {
        guard let service = service(of: context.abstractSyntax) else {
            return .abstractSyntaxNotSupported(context.identifier)
        }
        guard let syntax = transferSyntax(for: service, among: context.transferSyntaxes) else {
            return .transferSyntaxesNotSupported(context.identifier)
        }
        let accepted = AcceptedContext(
            identifier: context.identifier, abstractSyntax: context.abstractSyntax, transferSyntax: syntax)
        // Whoever committed to storage reports it by an association of its own, as the provider.
        return .accepted(accepted, role: service == .storageCommitment ? context.role : .uses)
    }

    private func service(of sopClass: String) -> DICOMService? {
        switch sopClass {
        case UID.verification: return .verification
        case UID.storageCommitmentPushModel: return .storageCommitment
        default: break
        }
        switch UID.kind(ofSOPClass: sopClass) {
        case .storage: return .storage
        case .unknown: return acceptsUnknownSOPClasses && UID.isValid(sopClass) ? .storage : nil
        case .other: return nil
        }
    }

    /// The requestor's order counts, after what is preferred. Reports of commitment are read here, so they come in the
    /// one syntax that everybody speaks (PS3.5 §10.1).
    private func transferSyntax(for service: DICOMService, among proposed: [String]) -> String? {
        switch service {
        case .storageCommitment: proposed.first { $0 == UID.implicitVRLittleEndian }
        case .verification, .storage:
            proposed.first(where: preferredTransferSyntaxes.contains) ?? proposed.first(where: UID.isValid)
        }
    }
}

/// What peers want of us.
package enum DICOMService: Sendable {
    case verification
    case storage
    case storageCommitment

    init(of context: AcceptedContext) {
        switch context.abstractSyntax {
        case UID.verification: self = .verification
        case UID.storageCommitmentPushModel: self = .storageCommitment
        default: self = .storage
        }
    }
}

/// What becomes of one proposed context (PS3.8 §9.3.3.2).
package enum ContextDecision: Sendable, Equatable {
    case accepted(AcceptedContext, role: ContextRole)
    case abstractSyntaxNotSupported(UInt8)
    case transferSyntaxesNotSupported(UInt8)

    var accepted: AcceptedContext? {
        if case .accepted(let context, _) = self { context } else { nil }
    }
}

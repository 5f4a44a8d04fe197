/// Requests and answers on an association that we asked for. Used on its thread.
final class PeerExchange {
    let association: Association
    private let limits: PeerLimits
    private let contexts: [UInt8: AcceptedContext]
    private var lastMessageID: UInt16 = 0

    init(_ association: Association, _ limits: PeerLimits, contexts: [UInt8: AcceptedContext]) {
        self.association = association
        self.limits = limits
        self.contexts = contexts
    }

    /// The first accepted context that fits.
    func accepted(_ fits: (AcceptedContext) -> Bool) -> AcceptedContext? {
        contexts.values.sorted { $0.identifier < $1.identifier }.first(where: fits)
    }

    /// - Throws: `notNegotiated`.
    func context(_ fits: (AcceptedContext) -> Bool) throws(DICOMNetworkError) -> AcceptedContext {
        guard let context = accepted(fits) else { throw .notNegotiated(sopClassUID: "") }
        return context
    }

    /// Sends a request and waits for its answer's status.
    func ask(
        _ command: CommandSet, in context: AcceptedContext, dataSet: UnsafeRawBufferPointer?
    ) throws(DICOMNetworkError) -> UInt16 {
        lastMessageID &+= 1
        var command = command
        command[.messageID] = lastMessageID
        let extra = Double(dataSet?.count ?? 0) / Double(ServerLimits.requestBytesPerSecond)
        association.transport.allow(.request, until: .now + limits.request + .seconds(1) * extra)
        try association.write(command, in: context.identifier)
        if let dataSet { try association.write(dataSet, isCommand: false, context: context.identifier) }
        guard association.transport.flush() else { throw association.transport.failure ?? .connectionLost }
        association.transport.allow(.response, until: .now + limits.response)
        let answer = try association.readCommand(in: contexts)
        if answer.command.hasDataSet { try association.readDataSet(in: answer.context) { _ in } }
        guard !answer.command.isRequest, answer.command[.messageIDBeingRespondedTo] == lastMessageID,
            let status = answer.command[.status]
        else { throw .malformed(.commandSet) }
        return status
    }

    /// Waits for a report of storage commitment on this association and acknowledges it; nil when none comes in time.
    func awaitReport(within limit: Duration) throws(DICOMNetworkError) -> CommitmentReport? {
        let transport = association.transport
        do throws(DICOMNetworkError) {
            try transport.awaitInput(since: .now) { limit }
        } catch .timedOut(.idle) {
            return nil
        }
        transport.allow(.response, until: .now + limits.response)
        let message = try association.readCommand(in: contexts)
        guard message.command.kind == .nEventReportRequest, message.command.hasDataSet else {
            throw .malformed(.commandSet)
        }
        let bytes = try association.readDataSet(in: message.context, maxBytes: CommitmentDataSet.maxBytes)
        let report = try CommitmentDataSet.report(parsing: bytes)
        try association.write(message.command.response(.success), in: message.context.identifier)
        guard transport.flush() else { throw transport.failure ?? .connectionLost }
        return report
    }
}

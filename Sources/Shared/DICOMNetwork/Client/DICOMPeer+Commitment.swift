extension DICOMPeer {
    /// Asks the peer to keep instances for good (storage commitment push model, PS3.4 §J.3.2).
    ///
    /// - Parameters:
    ///   - transactionUID: made by the caller; the report carries it.
    ///   - wait: how long to wait for a report on the same association. Peers may as well report later, by an
    ///     association of their own: that report comes to our server's `InstanceReceiver`.
    /// - Returns: the report, or nil where the peer took the request and has not reported in time.
    /// - Throws: `notNegotiated` where the peer does not offer the service, `failedStatus` where it refuses.
    package func requestCommitment(
        of references: [SOPReference], transactionUID: String, wait: Duration = .seconds(2)
    ) async throws(DICOMNetworkError) -> CommitmentReport? {
        let context = ProposedContext(
            identifier: 1, abstractSyntax: UID.storageCommitmentPushModel,
            transferSyntaxes: [UID.implicitVRLittleEndian])
        return try await withAssociation([context]) { (exchange) throws(DICOMNetworkError) in
            guard let context = exchange.accepted({ $0.abstractSyntax == UID.storageCommitmentPushModel }) else {
                throw .notNegotiated(sopClassUID: UID.storageCommitmentPushModel)
            }
            var command = CommandSet(.nActionRequest, hasDataSet: true)
            command.set(.requestedSOPClassUID, UID.storageCommitmentPushModel)
            command.set(.requestedSOPInstanceUID, UID.storageCommitmentInstance)
            command[.actionTypeID] = 1
            let dataSet = CommitmentDataSet.request(references, transactionUID: transactionUID)
            let answer = dataSet.withUnsafeBytes { bytes in
                Result { () throws(DICOMNetworkError) in try exchange.ask(command, in: context, dataSet: bytes) }
            }
            let status = try answer.get()
            guard DIMSEStatus(code: status).category != .failure else { throw .failedStatus(status) }
            let report = try exchange.awaitReport(within: wait)
            guard report == nil || report?.transactionUID == transactionUID else { throw .malformed(.dataSet) }
            return report
        }
    }
}

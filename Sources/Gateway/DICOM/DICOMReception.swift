import Cryptography
import DICOMNetwork
import RPC
import ServiceKit
import Wire

/// Takes what comes in over the DICOM network to disk and ledger, and answers only then.
struct DICOMReception: InstanceReceiver {
    private let submission: Submission
    private let blobs: BlobStore
    private let metrics: GatewayMetrics
    private let outbox: any Outbox
    private let clock: any WallClock
    private let log: Logger
    private let spans: any SpanRecorder

    init(
        submission: Submission, blobs: BlobStore, metrics: GatewayMetrics, outbox: any Outbox, clock: any WallClock,
        log: Logger,
        spans: any SpanRecorder
    ) {
        self.outbox = outbox
        self.clock = clock
        self.submission = submission
        self.blobs = blobs
        self.metrics = metrics
        self.log = log
        self.spans = spans
    }

    /// Each instance begins a trace: the DICOM network carries none.
    func store(_ instance: ReceivedInstance) -> DIMSEStatus {
        Trace.serving("C-STORE", recorder: spans) { take(instance, $0) }
    }

    private func take(_ instance: ReceivedInstance, _ trace: TraceContext) -> DIMSEStatus {
        let peer = instance.peer.certificate?.subject ?? instance.peer.address.description
        do {
            let intakes = try submission.takeWaiting(
                [try blob(of: instance.bytes)],
                source: .dicom(callingAETitle: instance.peer.callingAETitle, peer: peer), trace: trace
            ) { header in
                instance.matches(header) ? nil : InstanceRefusal(.otherThanCommanded)
            }
            guard let result = intakes.first.map(SubmitResult.init) else { return .processingFailure("no result") }
            metrics.instances.increment(result.outcomeName)
            return DIMSEStatus(result)
        } catch {
            log.error("instance not stored", ["error.type": .string(String(describing: type(of: error)))])
            return DIMSEStatus(error)
        }
    }

    private func blob(of bytes: InstanceBytes) throws(StorageError) -> Blob {
        switch bytes {
        case .memory(let bytes): return try Blob(bytes)
        case .spool(let spool):
            guard let file = spool as? SpoolFile else { preconditionFailure("a spool that was not made here") }
            return try Blob(file)
        }
    }

    /// Nothing large is taken to a disk that is nearly full.
    func makeSpool() throws(InstanceBuffer.Full) -> any InstanceSpool {
        do throws(StorageError) {
            try submission.admit(0)
            return try blobs.spool()
        } catch {
            throw InstanceBuffer.Full()
        }
    }

    /// We ask for commitment by associations of our own; a report that does not come there comes here.
    func receive(_ report: CommitmentReport, from peer: AssociationPeer) async -> DIMSEStatus {
        log.info(
            "storage commitment reported",
            ["committed": .int(report.committed.count), "failed": .int(report.failed.count)])
        do throws(StorageError) {
            try await outbox.noteCommitment(
                transactionUID: report.transactionUID, failure: report.failureReason, at: clock.now)
            return .success
        } catch {
            log.error("commitment not written down", ["error": .string("\(error)")])
            return DIMSEStatus(error)
        }
    }
}

extension ReceivedInstance {
    /// Whether the data set is what the command says (PS3.4 §B.2.3).
    fileprivate func matches(_ header: InstanceHeader) -> Bool {
        header.sopInstanceUID == sopInstanceUID && (header.sopClassUID == sopClassUID || header.sopClassUID.isEmpty)
    }
}

extension ErrorInfo {
    fileprivate static let otherThanCommanded = ErrorInfo(
        reason: "SOP_MISMATCH", field: "SOPInstanceUID",
        remedy: "Send the instance with the SOP class and instance UIDs that its data set has.")
}

extension DIMSEStatus {
    /// What the sender is told; an instance that is held, once or in two versions, is a success.
    init(_ result: SubmitResult) {
        if result.accepted {
            self = .success
            return
        }
        let reason = result.error?.reason ?? ""
        switch reason {
        case "SOP_MISMATCH": self = .dataSetDoesNotMatch("UIDs of command and data set differ")
        case "MISSING_ATTRIBUTE", "MALFORMED_UID":
            self = .dataSetDoesNotMatch("\(result.error?.field ?? "a UID") is missing or no UID")
        default: self = .cannotUnderstand("the data set cannot be read")
        }
    }

    /// A full disk asks the sender to come again.
    init(_ error: any Error) {
        switch (error as? any RPCStatusConvertible)?.rpcStatus.code {
        case .resourceExhausted: self = .outOfResources("no room")
        default: self = .processingFailure("the store failed")
        }
    }
}

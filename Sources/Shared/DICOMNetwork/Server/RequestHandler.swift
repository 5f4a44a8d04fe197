import Dispatch
import Foundation
import Synchronization

/// Answers the requests of one association, on its thread.
struct RequestHandler {
    let association: Association
    let contexts: [UInt8: AcceptedContext]
    let peer: AssociationPeer
    let server: DICOMServer

    private var limits: ServerLimits { server.options.limits }

    /// Reads one request and answers it.
    func answerNext() throws(DICOMNetworkError) {
        let start = ContinuousClock.now
        let message = try association.readCommand(in: contexts)
        let command = message.command
        switch (command.kind, DICOMService(of: message.context)) {
        case (.cEchoRequest, .verification):
            try skipDataSet(of: message)
            server.observe(.echoed)
            try respond(to: message, .success)
        case (.cStoreRequest, .storage):
            try store(message, since: start)
        case (.nEventReportRequest, .storageCommitment):
            try respond(to: message, try report(message))
        case (.cCancelRequest, _): break  // nothing that could be cancelled
        default:
            try skipDataSet(of: message)
            guard command.isRequest else { throw .malformed(.commandSet) }
            let isKnown = command.kind == .cEchoRequest || command.kind == .cStoreRequest
            try respond(to: message, isKnown ? .sopClassNotSupported : .unrecognizedOperation)
        }
    }

    private func respond(to message: Message, _ status: DIMSEStatus) throws(DICOMNetworkError) {
        association.transport.allow(.response, until: .now + limits.request)
        try association.write(message.command.response(status), in: message.context.identifier)
    }

    private func skipDataSet(of message: Message) throws(DICOMNetworkError) {
        if message.command.hasDataSet { try association.readDataSet(in: message.context) { _ in } }
    }

    // MARK: C-STORE

    private func store(_ message: Message, since start: ContinuousClock.Instant) throws(DICOMNetworkError) {
        var byteCount = 0
        let status = try storedStatus(message, since: start, &byteCount)
        server.observe(.stored(status, bytes: byteCount, .now - start))
        try respond(to: message, status)
    }

    private func storedStatus(
        _ message: Message, since start: ContinuousClock.Instant, _ byteCount: inout Int
    ) throws(DICOMNetworkError) -> DIMSEStatus {
        let command = message.command
        guard command.hasDataSet else { return .cannotUnderstand("no data set") }
        guard command.uid(.affectedSOPClassUID) == message.context.abstractSyntax else {
            try skipDataSet(of: message)
            return .sopClassNotSupported
        }
        guard let sopInstanceUID = command.uid(.affectedSOPInstanceUID) else {
            try skipDataSet(of: message)
            return .invalidObjectInstance
        }
        let received = try receive(message, sopInstanceUID, since: start, &byteCount)
        switch received {
        case .failure(let refusal): return refusal.status
        case .success(let bytes):
            let instance = ReceivedInstance(
                bytes: bytes, sopClassUID: message.context.abstractSyntax, sopInstanceUID: sopInstanceUID,
                transferSyntaxUID: message.context.transferSyntax, peer: peer)
            return server.receiver.store(instance)
        }
    }

    private struct Refusal: Error {
        let status: DIMSEStatus
    }

    /// The instance as a Part 10 file. What cannot be kept is read to its end all the same, within the time of a request.
    private func receive(
        _ message: Message, _ sopInstanceUID: String, since start: ContinuousClock.Instant, _ byteCount: inout Int
    ) throws(DICOMNetworkError) -> Result<InstanceBytes, Refusal> {
        var buffer = InstanceBuffer(budget: server.budget) {
            [receiver = server.receiver] () throws(InstanceBuffer.Full) in
            try receiver.makeSpool()
        }
        let head = FileMeta.bytes(
            sopClassUID: message.context.abstractSyntax, sopInstanceUID: sopInstanceUID,
            transferSyntaxUID: message.context.transferSyntax)
        var refusal = head.withUnsafeBytes { Self.append($0, to: &buffer, limit: limits.maxInstanceBytes) }
        var allowedFrom = 0
        try association.readDataSet(in: message.context) { piece in
            guard refusal == nil else { return }
            refusal = Self.append(piece, to: &buffer, limit: limits.maxInstanceBytes)
            if buffer.count - allowedFrom >= ServerLimits.requestBytesPerSecond {
                allowedFrom = buffer.count
                let extra = Duration.seconds(1) * (Double(buffer.count) / Double(ServerLimits.requestBytesPerSecond))
                association.transport.allow(.request, until: start + limits.request + extra)
            }
        }
        if let refusal { return .failure(refusal) }
        byteCount = buffer.count
        return .success(buffer.finish())
    }

    private static let diskFull = Refusal(status: .outOfResources("no room for the data set"))

    private static func append(
        _ bytes: UnsafeRawBufferPointer, to buffer: inout InstanceBuffer, limit: Int
    ) -> Refusal? {
        guard buffer.count + bytes.count <= limit else {
            return Refusal(status: .outOfResources("the data set is larger than is allowed"))
        }
        do throws(InstanceBuffer.Full) {
            try buffer.append(bytes)
            return nil
        } catch {
            return diskFull
        }
    }

    // MARK: Storage commitment

    private func report(_ message: Message) throws(DICOMNetworkError) -> DIMSEStatus {
        guard message.command.hasDataSet else { return .cannotUnderstand("no data set") }
        let bytes = try association.readDataSet(in: message.context, maxBytes: CommitmentDataSet.maxBytes)
        guard let report = try? CommitmentDataSet.report(parsing: bytes) else {
            return .cannotUnderstand("the report cannot be read")
        }
        return waiting { [receiver = server.receiver, peer] in await receiver.receive(report, from: peer) }
    }

    /// Waits on this thread, which is the association's own, for asynchronous work.
    private func waiting<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) -> Value {
        let box = Box<Value>()
        Task.detached {
            let value = await work()
            box.value.withLock { $0 = value }
            box.done.signal()
        }
        while true {
            box.done.wait()
            if let value = box.value.withLock({ $0 }) { return value }
        }
    }

    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
        let done = DispatchSemaphore(value: 0)
    }
}

package import Cryptography
import Foundation

/// An application entity that we send to: C-ECHO, C-STORE, storage commitment.
package struct DICOMPeer: Sendable {
    package let host: String
    package let port: Int
    package let calledAETitle: String
    package let callingAETitle: String
    /// Whom we trust and what we show; nil: in clear text.
    package let tls: TLSClientContext?
    package var limits = PeerLimits()

    package init(
        host: String, port: Int, calledAETitle: String, callingAETitle: String, tls: TLSClientContext? = nil
    ) {
        self.host = host
        self.port = port
        self.calledAETitle = calledAETitle
        self.callingAETitle = callingAETitle
        self.tls = tls
    }

    /// Asks whether the peer is there and answers (C-ECHO, PS3.4 §A).
    package func echo() async throws(DICOMNetworkError) {
        let context = ProposedContext(
            identifier: 1, abstractSyntax: UID.verification, transferSyntaxes: [UID.implicitVRLittleEndian])
        try await withAssociation([context]) { (exchange) throws(DICOMNetworkError) in
            var command = CommandSet(.cEchoRequest)
            command.set(.affectedSOPClassUID, UID.verification)
            let context = try exchange.context { $0.abstractSyntax == UID.verification }
            let status = try exchange.ask(command, in: context, dataSet: nil)
            guard status == 0 else { throw .failedStatus(status) }
        }
    }

    /// Runs `body` with an association, on a thread of its own; releases it afterwards, or aborts it after an error.
    func withAssociation<Value: Sendable>(
        _ contexts: [ProposedContext],
        _ body: @escaping @Sendable (PeerExchange) throws(DICOMNetworkError) -> Value
    ) async throws(DICOMNetworkError) -> Value {
        let transport = Transport(.client(tls, host: host), maxDataBytes: ServerLimits().maxPDUBytes)
        let result: Result<Value, DICOMNetworkError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread {
                    continuation.resume(
                        returning: Result { () throws(DICOMNetworkError) in
                            try run(contexts, over: transport, body)
                        })
                }
                thread.name = "hilum.dicom.peer"
                thread.start()
            }
        } onCancel: {
            transport.interrupt()
        }
        return try result.get()
    }

    private func run<Value>(
        _ contexts: [ProposedContext], over transport: Transport,
        _ body: (PeerExchange) throws(DICOMNetworkError) -> Value
    ) throws(DICOMNetworkError) -> Value {
        let request = AssociationRequest(
            calledAETitle: calledAETitle, callingAETitle: callingAETitle, contexts: contexts)
        let association = try Association.request(request, of: (host, port), over: transport, limits: limits)
        do throws(DICOMNetworkError) {
            let exchange = PeerExchange(association, limits, contexts: try association.acceptedContexts())
            let value = try body(exchange)
            transport.allow(.response, until: .now + limits.negotiation)
            association.release()
            return value
        } catch {
            association.abort()
            throw error
        }
    }
}

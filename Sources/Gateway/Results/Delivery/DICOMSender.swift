import Cryptography
package import DICOMNetwork
import Foundation

/// C-STORE (PS3.4 annex B), an association for each instance, and storage commitment where it is asked. A peer that has
/// the instance already takes it again.
struct DICOMSender: ResultSender {
    let target: DICOMTarget
    let timeout: Duration

    func send(_ bytes: Data, subject: String) async -> DeliveryVerdict {
        await withTaskGroup(of: DeliveryVerdict?.self) { group in
            group.addTask { await deliver(bytes) }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            let verdict = await group.next() ?? nil
            group.cancelAll()
            return verdict ?? .unreachable(Task.isCancelled ? "the gateway ends" : "it did not answer in time")
        }
    }

    private func deliver(_ bytes: Data) async -> DeliveryVerdict {
        guard let peer = try? target.peer(within: timeout) else {
            return .unreachable("the files of TLS cannot be used")
        }
        do throws(DICOMNetworkError) {
            let verdict = DeliveryVerdict(try await peer.store([bytes]).first ?? .unreadable)
            guard target.commits, verdict == .taken else { return verdict }
            return try await commitment(to: Part10File(bytes).reference, of: peer)
        } catch {
            return DeliveryVerdict(error)
        }
    }

    /// A peer that takes the request has taken the instance. What it does not report here it reports to our DICOM port.
    private func commitment(
        to reference: SOPReference, of peer: DICOMPeer
    ) async throws(DICOMNetworkError) -> DeliveryVerdict {
        let transaction = "2.25.\(UInt128.random(in: 1 << 64...(.max)))"
        let report: CommitmentReport?
        do throws(DICOMNetworkError) {
            report = try await peer.requestCommitment(of: [reference], transactionUID: transaction)
        } catch .notNegotiated {
            return .refused("it offers no storage commitment")
        }
        guard let report else { return .committing(transactionUID: transaction) }
        return report.failureReason.map { .refused($0) } ?? .taken
    }
}

extension CommitmentReport {
    /// Why something is not kept; nil where all is.
    var failureReason: String? {
        failed.first.map { "it does not commit itself, reason \(hexadecimal($0.reason))" }
    }
}

extension DICOMTarget {
    /// - Throws: where a file of TLS cannot be used.
    func peer(within timeout: Duration) throws(TLSError) -> DICOMPeer {
        var context: TLSClientContext?
        if let tls {
            context = try TLSClientContext(
                authorities: tls.authorityFile, certificate: tls.certificateFile, key: tls.keyFile)
        }
        var peer = DICOMPeer(
            host: host, port: port, calledAETitle: calledAETitle, callingAETitle: callingAETitle, tls: context)
        peer.limits.connect = min(timeout, peer.limits.connect)
        peer.limits.negotiation = min(timeout, peer.limits.negotiation)
        peer.limits.response = timeout
        peer.limits.request = timeout
        return peer
    }
}

extension DeliveryVerdict {
    package init(_ outcome: StoreOutcome) {
        switch outcome {
        case .stored: self = .taken
        case .refused(let status): self.init(dimseStatus: status)
        case .notNegotiated: self = .refused("it takes no such SOP class")
        case .unreadable: self = .refused("the object cannot be sent")
        case .unanswered(let error): self.init(error)
        }
    }

    package init(_ error: DICOMNetworkError) {
        switch error {
        case .released, .abortedByPeer, .connectionLost: self = .unreachable("the connection was lost")
        case .timedOut: self = .unreachable("it did not answer in time")
        case .interrupted: self = .unreachable("the gateway ends")
        case .unreachable: self = .unreachable("nobody answers at the address")
        case .tlsFailed: self = .unreachable("TLS failed")
        case .oversizedPDU, .malformed: self = .unreachable("it does not speak the protocol")
        case .outOfMemory: self = .unreachable("no memory left")
        case .notNegotiated: self = .refused("it takes no such SOP class")
        case .failedStatus(let status): self.init(dimseStatus: status)
        case .rejected(let rejection):
            let reason = "association rejected (\(rejection.result), \(rejection.source), \(rejection.reason))"
            self = rejection.result == 1 ? .refused(reason) : .unreachable(reason)
        }
    }

    /// Out of resources (PS3.4 table B.2-1) is over some time; other failures are about the object.
    private init(dimseStatus status: UInt16) {
        let reason = "DIMSE status \(hexadecimal(status))"
        self = status & 0xFF00 == 0xA700 ? .unreachable(reason) : .refused(reason)
    }
}

private func hexadecimal(_ code: UInt16) -> String {
    let digits = String(code, radix: 16, uppercase: true)
    return String(repeating: "0", count: 4 - digits.count) + digits
}

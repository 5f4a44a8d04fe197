import DICOMNetwork
import ServiceKit

/// What is counted and logged of the DICOM port.
///
/// Of a rejection the configured values are told, of a peer its address: never what it said of itself or sent.
struct DICOMMetrics: Sendable {
    private let associations: Counter
    private let rejections: Counter
    private let requests: Counter
    private let bytes: Counter
    private let seconds: Histogram
    private let log: Logger

    init(_ metrics: Metrics, log: Logger) {
        associations = metrics.counter(
            "hilum_dicom_associations_total", help: "Associations and attempts at one, by how they ended.",
            labels: ["outcome"])
        rejections = metrics.counter(
            "hilum_dicom_rejections_total",
            help: "Associations that were not accepted, by what forbade it and what is configured.",
            labels: ["cause", "configured"])
        requests = metrics.counter(
            "hilum_dicom_requests_total", help: "Requests answered, by service and the status's code.",
            labels: ["service", "status"])
        bytes = metrics.counter("hilum_dicom_received_bytes_total", help: "Bytes of instances received by C-STORE.")
        seconds = metrics.histogram(
            "hilum_dicom_store_seconds", help: "From the first byte of a C-STORE request to its answer.")
        self.log = log
    }

    func register(_ server: DICOMServer, in metrics: Metrics) {
        metrics.gauge("hilum_dicom_open_associations", help: "Associations that stand.") {
            Double(server.associationCount)
        }
        metrics.gauge("hilum_dicom_half_open_connections", help: "Connections without an association.") {
            Double(server.halfOpenCount)
        }
    }

    func observe(_ event: ServerEvent) {
        switch event {
        case .accepted: break
        case .echoed: requests.increment("C-ECHO", "0000")
        case .rejected(let cause, let peer): rejected(cause, peer)
        case .ended(let outcome, let peer): ended(outcome, peer)
        case .stored(let status, let count, let duration):
            requests.increment("C-STORE", Self.hexadecimal(status.code))
            bytes.increment(by: Double(count))
            seconds.observe(duration)
            if status.category == .failure {
                log.warning(
                    "C-STORE not accepted",
                    ["dicom.status": .string(Self.hexadecimal(status.code)), "reason": .string(status.comment)])
            }
        }
    }

    private func rejected(_ cause: RejectionCause, _ peer: PeerAddress) {
        rejections.increment(cause.name, cause.configured)
        let code = cause.rejection
        log.warning(
            "association rejected",
            [
                "cause": .string(cause.name), "configured": .string(cause.configured),
                "dicom.rejection": .string("\(code.result)/\(code.source)/\(code.reason)"),
                "peer.address": .string(peer.description),
            ])
    }

    private func ended(_ outcome: AssociationOutcome, _ peer: PeerAddress) {
        associations.increment(outcome.name)
        switch outcome {
        case .released, .rejected, .interrupted, .abortedByPeer: return
        default: break
        }
        log.warning(
            "association ended early",
            [
                "outcome": .string(outcome.name), "detail": .string(outcome.detail),
                "peer.address": .string(peer.description),
            ])
    }

    private static func hexadecimal(_ code: UInt16) -> String {
        let digits = String(code, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

extension AssociationOutcome {
    /// What was malformed, or why TLS failed; constant text.
    fileprivate var detail: String {
        switch self {
        case .malformed(let what): what.rawValue
        case .tlsFailed(let reason): reason
        default: ""
        }
    }
}

package import Foundation
import HTTP

/// What a destination made of an attempt.
package enum DeliveryVerdict: Sendable, Hashable {
    case taken
    /// It took it, and reports later, under this transaction, whether it keeps it for good.
    case committing(transactionUID: String)
    /// It did not answer, or says that it cannot now: to be sent again, for as long as it takes.
    case unreachable(String)
    /// It looked at it and does not want it: to be sent again a few times, since someone may mend it.
    case refused(String)
}

/// Sends bytes to one destination. Reasons hold no patient data: they name a status, never what a peer wrote.
package protocol ResultSender: Sendable {
    /// - Parameter subject: the same each time these bytes are sent.
    func send(_ bytes: Data, subject: String) async -> DeliveryVerdict
}

extension Destination {
    func sender(clock: any WallClock) -> any ResultSender {
        guard let deidentification else { return plainSender(clock: clock) }
        return DeidentifyingSender(deidentification: deidentification, sender: plainSender(clock: clock))
    }

    private func plainSender(clock: any WallClock) -> any ResultSender {
        switch transport {
        case .stow(let target, _): STOWSender(target: target, timeout: timeout)
        case .dicom(let target, _): DICOMSender(target: target, timeout: timeout)
        case .fhir(let target, _): FHIRSender(target: target, timeout: timeout)
        case .mllp(let target, _): MLLPSender(target: target, timeout: timeout)
        case .webhook(let target, let secretFile, _):
            WebhookSender(target: target, secretFile: secretFile, timeout: timeout, clock: clock)
        }
    }
}

extension HTTPTarget {
    /// Posts a body once.
    ///
    /// - Parameter isRepeatable: the receiver knows a repetition.
    func post(
        _ body: Data, fields: HTTPFields, timeout: Duration, isRepeatable: Bool = true
    ) async -> DeliveryVerdict {
        var fields = fields
        if let tokenFile {
            guard let token = SecretFile.read(tokenFile) else { return .unreachable("the token file cannot be read") }
            fields["authorization"] = "Bearer \(token)"
        }
        let request = HTTPClient.Request(
            method: "POST", url: url,
            tls: HTTPClient.TLS(
                authorityFile: tls.authorityFile, certificateFile: tls.certificateFile, keyFile: tls.keyFile),
            fields: fields, body: body, timeout: timeout, connectTimeout: min(timeout, .seconds(10)),
            isRepeatable: isRepeatable, maxResponseBytes: 8 << 20)
        do throws(HTTPError) {
            return DeliveryVerdict(status: try await HTTPClient.shared.send(request).status)
        } catch {
            return .unreachable(error.deliveryReason)
        }
    }
}

extension DeliveryVerdict {
    package init(status: Int) {
        switch status {
        case 200..<300: self = .taken
        case 408, 425, 429, 500...: self = .unreachable("HTTP \(status)")
        default: self = .refused("HTTP \(status)")
        }
    }
}

extension HTTPError {
    /// A constant text for each case.
    var deliveryReason: String {
        switch self {
        case .cannotConnect: "nobody answers at the address"
        case .untrusted: "TLS failed"
        case .timedOut: "it did not answer in time"
        case .connectionLost, .bodyTruncated: "the connection was lost"
        case .invalidURL: "the address is none"
        case .cancelled: "the gateway ends"
        default: "it does not speak the protocol"
        }
    }
}

/// A secret in a file, without the line break that editors add.
enum SecretFile {
    private static let mostBytes = 64 << 10

    static func read(_ path: String) -> String? {
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= mostBytes else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty || text.contains(where: \.isNewline) ? nil : text
    }
}

import Cryptography
import DICOMNetwork

/// The DICOM application that a command talks to: `TITLE@HOST:PORT` and options.
struct PeerArguments: Sendable {
    static let operand = "TITLE@HOST:PORT"
    static let options = [
        Option("calling", "TITLE", help: "Our AE title; default HILUM."),
        Option("tls", help: "Speaks TLS; the peer's certificate is checked against the system's authorities."),
        Option("ca", "FILE", help: "PEM file of the authorities that the peer is checked against; implies --tls."),
        Option("certificate", "FILE", help: "PEM file of the certificate shown to the peer; implies --tls."),
        Option("key", "FILE", help: "PEM file of its key; default: it is in the certificate's file."),
    ]

    /// As it was given.
    let address: String
    private let host: String
    private let port: Int
    private let title: String
    private let calling: String
    private let files: (ca: String?, certificate: String?, key: String?)
    private let usesTLS: Bool

    /// Takes the first operand.
    init(_ arguments: Arguments) throws(UsageError) {
        guard let operand = arguments.operands.first else { throw UsageError("\(Self.operand) is missing") }
        let parts = operand.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let colon = parts[1].lastIndex(of: ":"),
            let port = Int(parts[1][parts[1].index(after: colon)...]), (1...65535).contains(port),
            (1...16).contains(parts[0].utf8.count), colon > parts[1].startIndex
        else { throw UsageError("\(operand): \(Self.operand) expected") }
        address = operand
        host = String(parts[1][..<colon])
        self.port = port
        title = String(parts[0])
        calling = arguments.value("calling") ?? "HILUM"
        files = (arguments.value("ca"), arguments.value("certificate"), arguments.value("key"))
        usesTLS = arguments.has("tls") || files.ca != nil || files.certificate != nil
    }

    /// - Throws: exit code 4 where a file of TLS cannot be used.
    func peer() throws(Failure) -> DICOMPeer {
        DICOMPeer(host: host, port: port, calledAETitle: title, callingAETitle: calling, tls: try tls())
    }

    private func tls() throws(Failure) -> TLSClientContext? {
        guard usesTLS else { return nil }
        do {
            return try TLSClientContext(authorities: files.ca, certificate: files.certificate, key: files.key)
        } catch {
            switch error {
            case .unusableCertificate(let path), .unusableKey(let path), .keyDoesNotMatch(let path),
                .unusableClientAuthorities(let path), .unusableServerAuthorities(let path):
                throw Failure(.file, "\(path): cannot be used for TLS")
            case .outOfMemory: throw Failure(.file, "no memory for TLS")
            }
        }
    }
}

extension Failure {
    /// How talking to a DICOM peer failed.
    init(talkingTo address: String, _ error: DICOMNetworkError) {
        switch error {
        case .rejected(let rejection):
            self.init(.refused, "\(address): association rejected: \(rejection.meaning)")
        case .notNegotiated: self.init(.refused, "\(address): does not offer the service")
        case .failedStatus(let code): self.init(.refused, "\(address): status \(Self.hexadecimal(code))")
        case .unreachable: self.init(.unreachable, "\(address): nobody answers there")
        case .timedOut: self.init(.unreachable, "\(address): did not answer in time")
        case .tlsFailed(let reason): self.init(.unreachable, "\(address): TLS failed: \(reason)")
        case .released, .abortedByPeer, .connectionLost, .interrupted:
            self.init(.unreachable, "\(address): ended the association")
        case .oversizedPDU, .malformed: self.init(.refused, "\(address): does not speak DICOM as it should")
        case .outOfMemory: self.init(.refused, "no memory left")
        }
    }

    static func hexadecimal(_ code: UInt16) -> String {
        let digits = String(code, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

extension Rejection {
    /// In the words of PS3.8 §9.3.4.
    fileprivate var meaning: String {
        switch self {
        case .calledAETitleNotRecognized: "called AE title not recognized"
        case .callingAETitleNotRecognized: "calling AE title not recognized"
        case .applicationContextNotSupported: "application context name not supported"
        case .temporaryCongestion: "temporary congestion"
        case .localLimitExceeded: "local limit exceeded"
        default: "result \(result), source \(source), reason \(reason)"
        }
    }
}

import Foundation
package import Reporting

/// What is made of answers and where it goes: the file named by `--results`.
package struct ResultsConfiguration: Sendable, Hashable {
    /// Root of the objects' UIDs.
    package var root = UIDRoot.uuid
    /// Device Serial Number of the objects.
    package var serialNumber = ProcessInfo.processInfo.hostName
    /// Objects that are made whether they are sent or not, and that the gateway itself shows.
    package var hold: Set<ResultKind> = [.structuredReport, .summary]
    package var destinations: [Destination] = []
    /// How often a destination may refuse something before it is given up.
    package var refusals = 5
    /// For how long something is tried while its destination does not answer.
    package var giveUpAfter = Duration.seconds(72 * 3600)
    /// Waits between attempts.
    package var firstDelay = Duration.seconds(1)
    package var longestDelay = Duration.seconds(300)

    package init() {}

    /// Kinds of objects that are made at all.
    package var kinds: Set<ResultKind> { destinations.reduce(hold) { $0.union($1.objects) } }

    package var retry: RetryPolicy {
        RetryPolicy(firstDelay: firstDelay, longestDelay: longestDelay, maximumFailures: refusals)
    }
}

/// Where results go.
package struct Destination: Sendable, Hashable {
    /// Small letters, digits and dashes; stands in ledger, metrics and reasons.
    package let name: String
    package let transport: Transport
    /// Time for one delivery.
    package let timeout: Duration
    /// How its objects are de-identified; nil: not at all.
    package let deidentification: ExportDeidentification?

    package enum Transport: Sendable, Hashable {
        /// STOW-RS (PS3.18 §10.5).
        case stow(HTTPTarget, Set<ResultKind>)
        /// C-STORE (PS3.4 annex B).
        case dicom(DICOMTarget, Set<ResultKind>)
        /// FHIR R4 transaction at the server's base.
        case fhir(HTTPTarget, patientIDSystem: String?)
        /// ORU^R01 over MLLP.
        case mllp(MLLPTarget, HL7Endpoint)
        case webhook(HTTPTarget, secretFile: String, includesPatient: Bool)
    }

    /// Kinds of DICOM objects that it gets.
    package var objects: Set<ResultKind> {
        switch transport {
        case .stow(_, let kinds), .dicom(_, let kinds): kinds
        case .fhir, .mllp, .webhook: []
        }
    }
}

/// A server that is spoken to over HTTP.
package struct HTTPTarget: Sendable, Hashable {
    package let url: String
    /// A file with a bearer token, read for each request.
    package let tokenFile: String?
    package let tls: TLSPaths
}

/// An application entity that stores.
package struct DICOMTarget: Sendable, Hashable {
    package let host: String
    package let port: Int
    package let calledAETitle: String
    package let callingAETitle: String
    /// nil: in clear text.
    package let tls: TLSPaths?
    /// Whether it is asked to keep each object for good (storage commitment).
    package let commits: Bool
}

/// A receiver of HL7 messages.
package struct MLLPTarget: Sendable, Hashable {
    package let host: String
    package let port: Int
    /// nil: in clear text.
    package let tls: TLSPaths?
}

/// PEM files of a client.
package struct TLSPaths: Sendable, Hashable {
    package let authorityFile: String?
    package let certificateFile: String?
    package let keyFile: String?
}

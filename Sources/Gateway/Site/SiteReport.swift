/// What a gateway sees of its site: itself, its ledger and disk, the replicas and destinations behind it. `hilum doctor`
/// judges it.
package struct SiteReport: Encodable, Sendable {
    package let version: String
    /// The gateway's clock, in milliseconds since 1970-01-01 UTC.
    package let time: Int64
    package let ledger: LedgerState
    package let disk: Disk
    /// nil where no DICOM port is open.
    package let dicom: DICOMEntity?
    package let replicas: [Replica]
    package let destinations: [DestinationState]

    package struct LedgerState: Encodable, Sendable {
        /// `sqlite` or `postgresql`.
        package let store: String
        /// Steps of this version that its tables have not taken.
        package var missingSteps: [String] = []
        /// How far its clock is ahead of the gateway's; nil where it has none of its own.
        package var clockAheadMilliseconds: Int64?
        /// Why it cannot be asked.
        package var fault: String?
    }

    package struct Disk: Encodable, Sendable {
        /// nil where it cannot be read.
        package let freeBytes: Int?
        /// Below so many nothing is taken, until so many are free.
        package let lowBytes: Int
        package let enoughBytes: Int
    }

    package struct DICOMEntity: Encodable, Sendable {
        package let aeTitle: String
        package let port: Int
        package let usesTLS: Bool
    }

    package struct Replica: Encodable, Sendable {
        package let service: String
        /// `host:port`; empty where the service has no replica that is known.
        package let replica: String
        /// Why it takes no calls; nil where it does.
        package var fault: String?
        /// How far its clock is ahead of the gateway's, to a second.
        package var clockAheadMilliseconds: Int64?
        /// When its certificate ends, in seconds since 1970-01-01 UTC; nil without TLS.
        package var certificateEnds: Int64?
        package var bundles: [Bundle] = []
    }

    package struct Bundle: Encodable, Sendable {
        package let name: String
        package let version: String
        package let weightsSHA256: String
        package let intendedUse: String
        package let isReady: Bool
        package let reason: String
    }

    /// A destination of results.
    package struct DestinationState: Encodable, Sendable {
        package let name: String
        package let kind: String
        /// Why nothing can be sent there now; nil where something can.
        package let fault: String?
        /// When its certificate ends; nil without TLS.
        package let certificateEnds: Int64?
    }
}

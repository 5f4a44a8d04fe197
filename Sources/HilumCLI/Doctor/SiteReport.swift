/// What a gateway says of its site (`GET /ui/api/site`).
package struct SiteReport: Decodable, Equatable, Sendable {
    package let version: String
    /// The gateway's clock, in milliseconds since 1970-01-01 UTC.
    package let time: Int64
    package let ledger: LedgerState
    package let disk: Disk
    package let dicom: DICOMEntity?
    package let replicas: [Replica]
    package let destinations: [Destination]

    package struct LedgerState: Decodable, Equatable, Sendable {
        package let store: String
        package let missingSteps: [String]
        package let clockAheadMilliseconds: Int64?
        package let fault: String?
    }

    package struct Disk: Decodable, Equatable, Sendable {
        package let freeBytes: Int?
        package let lowBytes: Int
        package let enoughBytes: Int
    }

    package struct DICOMEntity: Decodable, Equatable, Sendable {
        package let aeTitle: String
        package let port: Int
        package let usesTLS: Bool
    }

    package struct Replica: Decodable, Equatable, Sendable {
        package let service: String
        package let replica: String
        package let fault: String?
        package let clockAheadMilliseconds: Int64?
        package let certificateEnds: Int64?
        package let bundles: [Bundle]
    }

    package struct Bundle: Decodable, Equatable, Sendable {
        package let name: String
        package let version: String
        package let weightsSHA256: String
        package let intendedUse: String
        package let isReady: Bool
        package let reason: String
    }

    package struct Destination: Decodable, Equatable, Sendable {
        package let name: String
        package let kind: String
        package let fault: String?
        package let certificateEnds: Int64?
    }
}

import Foundation
import Gateway
import Testing

/// Ledger and blobs of a gateway in a folder, as it opens them.
final class PowerCutSite: Sendable {
    let directory: TemporaryDirectory
    let clock: ManualClock
    let ledger: SQLLedger
    let blobs: BlobStore
    /// Instances whose rows the journal brought back.
    let restored: Int
    private let submission: Submission

    init(_ directory: TemporaryDirectory? = nil, clock: ManualClock = ManualClock()) throws {
        self.directory = try directory ?? TemporaryDirectory()
        self.clock = clock
        let ledger = try SQLLedger(
            path: self.directory.path + "/ledger.sqlite", completion: StudyCompletion(quietPeriod: .seconds(600)))
        let blobs = try BlobStore(directory: self.directory.path, synchroniseLedger: ledger.synchronise)
        let submission = Submission(
            ledger: ledger, blobs: blobs, space: DiskSpace(lowWatermark: 0, highWatermark: 0) { 1 << 40 },
            rules: try RoutingRules.load(path: nil), clock: clock
        ) { InstanceHeader.reading($0) }
        restored = try submission.recover()
        (self.ledger, self.blobs, self.submission) = (ledger, blobs, submission)
    }

    func take(_ bytes: Data, from source: InstanceSource = .rpc(peer: "192.0.2.1"), expecting count: Int = 0) throws {
        let intakes = try submission.takeWaiting(
            [try Blob(bytes)], source: source, expectedCount: count, trace: nil)
        guard case .taken? = intakes.first else { throw StorageError.hashing }
    }

    /// Takes instances of study 9 until there is a journal that vouches for rows.
    func beginJournal() async throws {
        for number in 0..<40 { try take(SampleInstance.radiograph("9.\(number)", study: "9")) }
        try await eventually {
            try blobs.beginWriting([try Blob(Data("probe".utf8))], .probe).isVouchingForRows
        }
    }

    /// The folder of a machine whose ledger got to the disk up to here, and nothing else.
    func ledgerOnDisk() throws -> TemporaryDirectory {
        let copy = try TemporaryDirectory()
        for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
            try FileManager.default.copyItem(atPath: directory.path + "/" + name, toPath: copy.path + "/" + name)
        }
        return copy
    }

    /// Leaves the journal in another folder, as that of a process that is gone.
    func leaveJournal(in other: TemporaryDirectory) throws {
        let left = other.path + "/incoming/left"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: left + "/lock"))
        for name in directory.files(in: "incoming") where name.contains("journal") {
            let file = URL(fileURLWithPath: name).lastPathComponent
            try FileManager.default.copyItem(atPath: directory.path + "/incoming/" + name, toPath: left + "/" + file)
        }
    }
}

extension ArrivalNote {
    static let probe = ArrivalNote(
        source: .rpc(peer: "192.0.2.1"), expectedCount: 0, receivedAt: Timestamp(milliseconds: 0))
}

import DICOMNetwork
package import Foundation
package import RPC
import ServiceKit
package import Wire

/// Takes instances in: each that can be read is on disk, bytes and ledger row, before it is called accepted.
package struct Submission: Sendable {
    /// Reads what the gateway needs of an instance, or says why it cannot.
    package typealias HeaderReader = @Sendable (Data) -> Result<InstanceHeader, InstanceRefusal>

    private let ledger: any Ledger
    private let blobs: BlobStore
    private let space: DiskSpace
    private let rules: RoutingRules
    private let clock: any WallClock
    private let readHeader: HeaderReader

    package init(
        ledger: any Ledger, blobs: BlobStore, space: DiskSpace, rules: RoutingRules, clock: any WallClock,
        readHeader: @escaping HeaderReader
    ) {
        self.ledger = ledger
        self.blobs = blobs
        self.space = space
        self.rules = rules
        self.clock = clock
        self.readHeader = readHeader
    }

    /// One result for each instance, in their order. A bad instance does not hold up the others.
    ///
    /// - Parameters:
    ///   - source: where they came from; it stays with each of them.
    ///   - expectedCount: instances that each of their studies has in all; 0 means unknown.
    ///   - refusal: why a readable instance is not taken; nil: it is.
    /// - Throws: `StorageError` when the disk is nearly full, or disk or ledger fail; then nothing of this call was
    ///   accepted.
    package func submit(
        _ instances: [Data], source: InstanceSource, expectedCount: Int = 0,
        refusing refusal: @escaping @Sendable (InstanceHeader) -> InstanceRefusal? = { _ in nil }
    ) async throws -> [SubmitResult] {
        try await take(instances, source: source, expectedCount: expectedCount, refuse: refusal).map(SubmitResult.init)
    }

    /// What became of one instance.
    package enum Intake: Sendable {
        case refused(InstanceRefusal, header: InstanceHeader?)
        case taken(NewInstance, RecordOutcome)
    }

    /// As `submit`, for those who want to know more.
    ///
    /// - Parameter refuse: says why an instance that could be taken is not.
    package func take(
        _ instances: [Data], source: InstanceSource, expectedCount: Int = 0,
        refuse: @escaping @Sendable (InstanceHeader) -> InstanceRefusal? = { _ in nil }
    ) async throws -> [Intake] {
        let trace = Trace.current?.context
        return try await Trace.span("record") {
            try await BlockingThreads.shared.run { () throws(StorageError) in
                try takeWaiting(
                    instances.map { (bytes) throws(StorageError) in try Blob(bytes) }, source: source,
                    expectedCount: expectedCount, trace: trace, refuse: refuse)
            }
        }
    }

    /// As `take`, on the calling thread, which waits for the disk.
    ///
    /// - Parameter trace: of the operation that brought the instances.
    package func takeWaiting(
        _ instances: [Blob], source: InstanceSource, expectedCount: Int = 0, trace: TraceContext?,
        refuse: (InstanceHeader) -> InstanceRefusal? = { _ in nil }
    ) throws(StorageError) -> [Intake] {
        try admit(instances.reduce(0) { $0 + $1.bytes.count })
        let arrivals = instances.map { arrival($0, source, trace, refuse) }
        let readable = arrivals.compactMap { try? $0.get() }
        let rows = readable.map(\.row)
        var outcomes: [RecordOutcome] = []
        if !rows.isEmpty {
            // Bytes and rows are prepared side by side; the rows are committed last.
            let (arriving, now) = (readable.map(\.blob), clock.now)
            let writing = try blobs.beginWriting(
                arriving, ArrivalNote(source: source, expectedCount: expectedCount, receivedAt: now))
            // It stands for the rows until they are committed.
            defer { withExtendedLifetime(writing) {} }
            let bytes = ArrivingBytes(
                beginWaiting: { writing.begin() }, areWritten: { () throws(StorageError) in try writing.wait() },
                areVouchingForRows: writing.isVouchingForRows,
                hasDataSet: { [blobs] in arriving[$0].hasDataSet(of: try? blobs.mapped($1)) })
            outcomes = try ledger.record(rows, bytes, expectedCount: expectedCount, at: now)
        }
        var recorded = zip(rows, outcomes).makeIterator()
        return arrivals.compactMap { arrival in
            switch arrival {
            case .failure(let refused): .refused(refused.refusal, header: refused.header)
            case .success: recorded.next().map { .taken($0, $1) }
            }
        }
    }

    /// Enters again what was acknowledged while the journals of processes that are gone vouched for its rows, and is
    /// missing. To be called once, before anything is taken or shown. Rules decide as they do now.
    ///
    /// - Returns: how many were missing.
    package func recover() throws(StorageError) -> Int {
        var count = 0
        try blobs.recover { (journaled) throws(StorageError) in count += try restore(journaled) }
        return count
    }

    private func restore(_ journaled: [JournaledBlob]) throws(StorageError) -> Int {
        let arrivals = journaled.compactMap { one -> (blob: Blob, row: ReturningInstance)? in
            guard let note = one.arrival, let arrival = try? arrival(one.blob, note.source, nil, { _ in nil }).get()
            else { return nil }
            return (arrival.blob, ReturningInstance(instance: arrival.row, arrival: note))
        }
        return try ledger.restore(arrivals.map(\.row)) { [blobs] in
            arrivals[$0].blob.hasDataSet(of: try? blobs.mapped($1))
        }
    }

    /// Returns when there is room for so many bytes more; to be asked before a long upload is taken.
    ///
    /// - Throws: `StorageError.belowWatermark`.
    package func admit(_ bytes: Int) throws(StorageError) {
        try space.admit(bytes)
    }

    /// A readable instance on its way in.
    private struct Arrival {
        let blob: Blob
        let row: NewInstance
    }

    private struct Refused: Error {
        let refusal: InstanceRefusal
        var header: InstanceHeader?
    }

    private func arrival(
        _ blob: Blob, _ source: InstanceSource, _ trace: TraceContext?,
        _ refuse: (InstanceHeader) -> InstanceRefusal?
    ) -> Result<Arrival, Refused> {
        let header: InstanceHeader
        switch readHeader(blob.bytes) {
        case .failure(let refusal): return .failure(Refused(refusal: refusal))
        case .success(let read): header = read
        }
        if let refusal = refuse(header) { return .failure(Refused(refusal: refusal, header: header)) }
        let row = NewInstance(
            header: header, digest: blob.digest, byteCount: blob.bytes.count, decision: rules.decide(header),
            source: source, expectation: rules.expectation(header), trace: trace)
        return .success(Arrival(blob: blob, row: row))
    }
}

extension Blob {
    /// Whether a file has the same data set, byte for byte; how it is packed into a file does not count. A file without
    /// meta information does not say how its data set is encoded, and is taken at its bytes.
    fileprivate func hasDataSet(of file: Data?) -> Bool {
        guard let file else { return false }
        let (ours, theirs) = (try? Part10File(bytes), try? Part10File(file))
        let syntaxes = Set([ours, theirs].compactMap { $0?.transferSyntaxUID })
        return syntaxes.count <= 1
            && bytes.dropFirst(ours?.dataSetOffset ?? 0) == file.dropFirst(theirs?.dataSetOffset ?? 0)
    }
}

/// Why an instance cannot be taken.
package struct InstanceRefusal: Error, Sendable, Equatable {
    package let info: ErrorInfo

    package init(_ info: ErrorInfo) {
        self.info = info
    }
}

extension SubmitResult {
    init(_ intake: Submission.Intake) {
        switch intake {
        case .refused(let refusal, _): self.init(refusal)
        case .taken(let instance, let outcome): self.init(instance, outcome)
        }
    }

    init(_ refusal: InstanceRefusal) {
        self.init(error: refusal.info)
    }

    init(_ instance: NewInstance, _ outcome: RecordOutcome) {
        self.init(
            studyInstanceUID: instance.header.studyInstanceUID, sopInstanceUID: instance.header.sopInstanceUID)
        switch outcome {
        case .accepted:
            accepted = true
        case .duplicate:
            accepted = true
            duplicate = true
        case .conflict(let held):
            accepted = true
            conflict = true
            warning = ErrorInfo(
                reason: "INSTANCE_CONFLICT", field: "SOPInstanceUID", found: "sha256 \(instance.digest.hexadecimal)",
                limit: "sha256 \(held.hexadecimal)",
                remedy: "Other bytes came under this UID before; both are kept. Give a changed instance its own UID.")
        }
    }
}

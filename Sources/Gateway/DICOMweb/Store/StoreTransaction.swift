import DICOMweb
import Foundation
import HTTP
import RPC
package import ServiceKit

/// Store (STOW-RS, PS3.18 §10.5): each part of the body is on disk, bytes and ledger row, before it is reported stored.
///
/// A body is read piece by piece and no further than the disk follows; what came whole stays, also where the rest does
/// not come.
package struct StoreTransaction: Sendable {
    /// Instances, and bytes of them, from which on they are stored together.
    private static let batchCount = 32
    private static let batchBytes = 4 << 20
    /// Bytes of the body that are waited for at a time.
    private static let pieceBytes = 256 << 10
    private static let offers: [ContentType] = [.dicomJSON, .json]

    private let submission: Submission
    private let blobs: BlobStore
    /// Bounds how many instances are read and written at the same time.
    private let admission: AdmissionQueue
    private let metrics: GatewayMetrics
    private let limits: MultipartParser.Limits

    /// - Parameter maximumInstanceBytes: of one instance; a larger one is 413.
    package init(
        submission: Submission, blobs: BlobStore, admission: AdmissionQueue, metrics: GatewayMetrics,
        maximumInstanceBytes: Int
    ) {
        self.submission = submission
        self.blobs = blobs
        self.admission = admission
        self.metrics = metrics
        var limits = MultipartParser.Limits()
        limits.partBytes = maximumInstanceBytes
        self.limits = limits
    }

    /// - Parameter study: the only study that instances may belong to.
    func respond(_ request: HTTPRequest, study: String?, _ call: DICOMwebCall) async throws -> HTTPResponse {
        guard let type = call.accept.best(of: Self.offers) else {
            throw Problem.notAcceptable(Self.offers.map(\.essence))
        }
        // All of it where threads may wait for the disk: what waits then changes threads no more.
        let report: StoreReport = try await withTaskExecutorPreference(BlockingThreads.shared) {
            try await self.report(of: request, study: study)
        }
        return report.response(type, study: study, call)
    }

    private func report(of request: HTTPRequest, study: String?) async throws -> StoreReport {
        var report = StoreReport()
        do {
            try await take(request, study: study, .stow(peer: Self.peer(request)), into: &report)
        } catch  where !report.isEmpty && Self.isFull(error) {
            // The sender has to know what is here already.
            report.ranOutOfSpace = true
        }
        guard !report.isEmpty else { throw Problem.badRequest("The body has no part.") }
        return report
    }

    private static func isFull(_ error: any Error) -> Bool {
        (error as? StorageError)?.isOutOfSpace ?? false
    }

    private static func peer(_ request: HTTPRequest) -> String {
        guard let address = request.remoteAddress, let colon = address.lastIndex(of: ":") else { return "" }
        return String(address[..<colon])
    }

    private func take(
        _ request: HTTPRequest, study: String?, _ source: InstanceSource, into report: inout StoreReport
    ) async throws {
        let type = ContentType(parsing: request.fields["content-type"] ?? "")
        var reader = try PartReader(type, blobs: blobs, limits: limits)
        var batch = Batch()
        do {
            let next = request.body.pieces(atLeast: Self.pieceBytes)
            while let chunk = try await next() {
                var parts: [PartReader.Part] = []
                let outcome: Result<Void, any Error>
                do { outcome = .success(try reader.read(chunk, into: &parts)) } catch {
                    outcome = .failure(error)
                }
                for part in parts {
                    report.failures += batch.add(part)
                    if batch.isFull { try await store(batch.take(), study: study, source, into: &report) }
                }
                try outcome.get()
            }
            if let last = try reader.finish() { report.failures += batch.add(last) }
        } catch {
            // What came whole is kept, whatever happened to the rest.
            try await store(batch.take(), study: study, source, into: &report)
            throw error
        }
        try await store(batch.take(), study: study, source, into: &report)
    }

    /// Instances that are stored together.
    private struct Batch {
        private var instances: [Blob] = []
        private var byteCount = 0

        var isFull: Bool {
            instances.count >= StoreTransaction.batchCount || byteCount >= StoreTransaction.batchBytes
        }

        /// Gives the failure where the part is no instance.
        mutating func add(_ part: PartReader.Part) -> [StoreReport.Failure] {
            guard case .instance(let instance) = part else { return [.unreadable] }
            instances.append(instance)
            byteCount += instance.bytes.count
            return []
        }

        mutating func take() -> [Blob] {
            defer { self = Batch() }
            return instances
        }
    }

    private func store(
        _ instances: [Blob], study: String?, _ source: InstanceSource, into report: inout StoreReport
    ) async throws {
        guard !instances.isEmpty else { return }
        let isFirst = report.isEmpty
        // A task of its own: a sender that leaves takes nothing back of what it sent.
        let intakes = try await Task.immediate(executorPreference: BlockingThreads.shared) {
            try await admitted(waits: !isFirst) {
                let trace = Trace.current?.context
                return try await Trace.span("record") {
                    try submission.takeWaiting(instances, source: source, trace: trace) { header in
                        guard let study, header.studyInstanceUID != study else { return nil }
                        return .otherStudy
                    }
                }
            }
        }.value
        for intake in intakes {
            report.add(intake)
            metrics.instances.increment(intake.outcomeName)
        }
    }

    /// Does work when there is a place for it. A request that has begun waits for one; a new one is refused where too
    /// many wait already.
    private func admitted<Value: Sendable>(
        waits: Bool, _ work: @Sendable () async throws -> Value
    ) async throws -> Value {
        while true {
            do {
                return try await admission.run { _ in try await work() }
            } catch AdmissionError.queueFull(_, let retryAfter) where waits {
                try await Task.sleep(for: min(retryAfter, .seconds(1)))
            }
        }
    }
}

extension Submission.Intake {
    /// For metrics.
    fileprivate var outcomeName: String {
        switch self {
        case .refused: "unreadable"
        case .taken(_, .accepted): "accepted"
        case .taken(_, .duplicate): "duplicate"
        case .taken(_, .conflict): "conflict"
        }
    }
}

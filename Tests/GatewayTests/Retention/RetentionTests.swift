import Foundation
import Gateway
import RPC
import ServiceKit
import Testing
import Wire

@Suite(.bothStores) struct RetentionTests {
    private let fixture: GatewayFixture
    private let hour = Duration.seconds(3600)

    init() throws {
        fixture = try GatewayFixture()
    }

    private func retention(_ policy: RetentionPolicy) throws -> Retention {
        Retention(
            ledger: fixture.ledger, blobs: try BlobStore(directory: fixture.directory.path), policy: policy,
            clock: fixture.clock, log: Logger(service: "test", sink: { _ in }))
    }

    private var files: Int { fixture.directory.files(in: "blobs").count }

    private func exists(_ study: String) async -> Bool { (try? await fixture.study(study)) != nil }

    /// An answered study "2.1", a refused one "2.2", a failed one "2.3", a waiting one "2.4".
    private func fill() async throws {
        try await fixture.submit(SampleInstance.radiograph("1.1", study: "2.1"), expected: 1)
        await fixture.dispatcher.runDue()
        try await fixture.submit(SampleInstance.radiograph("1.2", study: "2.2", modality: "CT"), expected: 1)
        fixture.classifier.behave(.throwing(RPCStatus(.internal)))
        try await fixture.submit(SampleInstance.radiograph("1.3", study: "2.3"), expected: 1)
        for _ in 0..<4 {
            await fixture.dispatcher.runDue()
            fixture.clock.advance(by: .seconds(8))
        }
        fixture.classifier.behave(.throwing(RPCStatus(.unavailable)))
        try await fixture.submit(SampleInstance.radiograph("1.4", study: "2.4"), expected: 1)
        await fixture.dispatcher.runDue()
        #expect(files == 4)
    }

    @Test func `nothing unanswered is ever removed, however old`() async throws {
        try await fill()
        fixture.clock.advance(by: hour * 100_000)
        try await retention(RetentionPolicy(images: hour, refusedImages: hour, results: hour)).removeExpired(
            untouchedFor: .zero)
        #expect(await !exists("2.1"))
        #expect(await !exists("2.2"))
        #expect(try await fixture.study("2.3").state == .failed)
        #expect(try await fixture.study("2.4").state == .pending)
        #expect(files == 2)
    }

    @Test func `images go by state and age, results stay`() async throws {
        try await fill()
        fixture.clock.advance(by: hour)
        let policy = RetentionPolicy(images: hour * 3, refusedImages: hour)
        try await retention(policy).removeExpired(untouchedFor: .zero)
        #expect(files == 3)
        fixture.clock.advance(by: hour * 2)
        try await retention(policy).removeExpired(untouchedFor: .zero)
        #expect(files == 2)
        let answered = try await fixture.study("2.1")
        #expect(answered.state == .complete)
        #expect(answered.instances.first?.classification != nil)
        try await retention(policy).removeExpired(untouchedFor: .zero)
        #expect(files == 2)
    }

    @Test func `bytes that another study has stay`() async throws {
        let image = try SampleInstance.radiograph("1.1", study: "2.1")
        try await fixture.submit(image, expected: 1)
        await fixture.dispatcher.runDue()
        let other = try NewInstance.sample("1.9", study: "2.9")
        let digest = try Digest(of: image)
        let same = NewInstance(
            header: other.header, digest: digest, byteCount: image.count, decision: other.decision,
            source: other.source)
        _ = try await fixture.ledger.record([same], expectedCount: 0, at: fixture.clock.now)
        fixture.clock.advance(by: hour)
        try await retention(RetentionPolicy(results: hour)).removeExpired(untouchedFor: .zero)
        #expect(await !exists("2.1"))
        #expect(files == 1)
    }

    @Test func `a study that is being read stays`() async throws {
        try await fill()
        _ = try await fixture.review.review(
            ReviewStudyRequest(studyInstanceUID: "2.1", reader: "Dr A", action: .claim))
        fixture.clock.advance(by: hour)
        try await retention(RetentionPolicy(images: hour, results: hour)).removeExpired(untouchedFor: .zero)
        #expect(await exists("2.1"))
    }

    @Test func `an object of our own is kept by its place in the index`() async throws {
        let blobs = try BlobStore(directory: fixture.directory.path)
        let report = try SampleInstance.radiograph("7.1", study: "7", series: "7.0", modality: "SR")
        try await OwnObjects(blobs: blobs, index: fixture.ledger).store([report])
        try await retention(RetentionPolicy()).sweep(untouchedFor: .zero)
        #expect(try blobs.mapped(try Digest(of: report)) == report)
        try await fixture.ledger.removeFromIndex(["7.1"])
        try await retention(RetentionPolicy()).sweep(untouchedFor: .zero)
        #expect(throws: StorageError.self) { try blobs.mapped(try Digest(of: report)) }
    }

    @Test func `files without a row are swept once they are old, and no other`() async throws {
        try await fill()
        let store = try BlobStore(directory: fixture.directory.path)
        let stray = try Blob(Data("stray".utf8))
        try await store.store([stray])
        let retention = try retention(RetentionPolicy())
        try await retention.sweep()
        #expect(files == 5, "it may be on its way into the ledger")
        #expect(try await store.bytes(of: stray.digest) == stray.bytes)
        try await retention.sweep(untouchedFor: .zero)
        #expect(files == 4)
    }
}

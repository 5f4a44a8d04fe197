import DICOMweb
import Foundation
import Gateway
import Imaging
import ServiceKit
import Testing

@Suite struct InstanceIndexTests {
    private let directory: TemporaryDirectory
    private let gateway: GatewayFixture
    private let index: SQLIndex

    init() throws {
        directory = try TemporaryDirectory()
        gateway = try GatewayFixture(directory)
        index = try SQLIndex(path: directory.path + "/ledger.sqlite")
    }

    private func search(_ level: SearchAttribute.Level, _ query: String) async throws -> SearchPage {
        try await index.search(try SearchRequest(level, in: nil, query: try QueryItems(query)))
    }

    private func uids(_ page: SearchPage, _ attribute: SearchAttribute) -> [String] {
        page.results.compactMap { $0.values[attribute] }
    }

    @Test func `what came in is found at once`() async throws {
        try await gateway.submit(
            SampleInstance.radiograph("1.1", comment: "chest"), SampleInstance.slice("1.2", series: "1.2.2"),
            SampleInstance.slice("1.3", series: "1.2.2"))
        let studies = try await search(.study, "ModalitiesInStudy=MR")
        #expect(studies.total == 1 && studies.results.first?.modalities == ["DX", "MR"])
        #expect(studies.results.first?.seriesCount == 2 && studies.results.first?.instanceCount == 3)
        #expect(uids(try await search(.series, "Modality=MR"), .seriesInstanceUID) == ["1.2.2"])
        #expect(uids(try await search(.instance, "StudyDescription=ch*"), .sopInstanceUID) == ["1.1", "1.2", "1.3"])
        #expect(uids(try await search(.instance, "SOPInstanceUID=1.3,1.1"), .sopInstanceUID) == ["1.1", "1.3"])
    }

    @Test func `of two with one UID the first stands`() async throws {
        let first = try SampleInstance.radiograph("1.1", comment: "first")
        try await gateway.submit(first, SampleInstance.radiograph("1.1", comment: "second"))
        let held = try await index.instances(of: Resource.Scope(study: "1.2"), after: 0, limit: 10)
        #expect(held.map(\.digest) == [try Digest(of: first)])
    }

    @Test func `an object of our own is found and is no work`() async throws {
        let objects = OwnObjects(blobs: try BlobStore(directory: directory.path), index: gateway.ledger)
        let report = try SampleInstance.radiograph("7.1", study: "7", series: "7.0", modality: "SR")
        try await objects.store([report])
        try await objects.store([report])
        let held = try await index.instances(of: Resource.Scope(study: "7"), after: 0, limit: 10)
        #expect(held.map(\.sopInstanceUID) == ["7.1"])
        #expect(try BlobStore(directory: directory.path).mapped(held[0].digest) == report)
        #expect(try await gateway.ledger.study("7") == nil)
    }

    @Test func `what is taken out is not found, nor are series and studies that it leaves empty`() async throws {
        try await gateway.submit(SampleInstance.slice("1.1"), SampleInstance.slice("1.2", series: "1.2.2"))
        try await gateway.ledger.removeFromIndex(["1.1"])
        #expect(uids(try await search(.series, ""), .seriesInstanceUID) == ["1.2.2"])
        try await gateway.ledger.removeFromIndex(["1.2"])
        #expect(try await search(.study, "") == SearchPage(results: [], total: 0))
    }

    @Test func `what an older ledger holds is entered at the start`() async throws {
        try await gateway.submit(SampleInstance.slice("1.1"), SampleInstance.slice("1.2"))
        try await gateway.ledger.removeFromIndex(["1.1", "1.2"])
        let log = Logger(service: "test", sink: { _ in })
        await IndexRepair(ledger: gateway.ledger, blobs: try BlobStore(directory: directory.path), log: log).run()
        #expect(uids(try await search(.instance, ""), .sopInstanceUID) == ["1.1", "1.2"])
    }

    @Test func `instances are listed a page at a time`() async throws {
        for number in 1...5 { try await gateway.submit(SampleInstance.slice("1.\(number)")) }
        let scope = Resource.Scope(study: "1.2", series: "1.2.1")
        let first = try await index.instances(of: scope, after: 0, limit: 3)
        let rest = try await index.instances(of: scope, after: try #require(first.last).number, limit: 3)
        #expect((first + rest).map(\.sopInstanceUID) == ["1.1", "1.2", "1.3", "1.4", "1.5"])
    }

    @Test func `signs of SQL in a value mean themselves`() async throws {
        try await gateway.submit(SampleInstance.slice("1.1"))
        for value in ["%25", "_", "'%20OR%201=1%20--", "%5C", "%22", "*%25*", "*%5C*"] {
            #expect(try await search(.study, "StudyDescription=\(value)").total == 0)
            #expect(try await search(.study, "PatientName=\(value)").total == 0)
        }
    }
}

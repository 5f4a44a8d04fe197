import Foundation
import Gateway
import RPC
import ServiceKit
import Testing
import Wire

@Suite(.bothStores) struct TriageServiceTests {
    private let fixture: GatewayFixture

    init() throws {
        fixture = try GatewayFixture()
    }

    @Test func `an instance is accepted with its identifiers, and its bytes are on disk`() async throws {
        let image = try SampleInstance.radiograph("1.1")
        let results = try await fixture.submit(image)
        #expect(results == [SubmitResult(studyInstanceUID: "1.2", sopInstanceUID: "1.1", accepted: true)])
        let digest = try Digest(of: image).hexadecimal
        #expect(fixture.directory.files(in: "blobs") == ["\(digest.prefix(2))/\(digest)"])
    }

    @Test func `a bad instance does not hold up the others`() async throws {
        let good = try SampleInstance.radiograph("1.1")
        let results = try await fixture.submit(
            Data(), good, Data("not DICOM".utf8), good, SampleInstance.radiograph("1.1", comment: "changed"))
        #expect(results.map(\.accepted) == [false, true, false, true, true])
        #expect(results.map(\.duplicate) == [false, false, false, true, false])
        #expect(results[0].error?.reason.isEmpty == false)
        #expect(results.map(\.conflict) == [false, false, false, false, true])
        #expect(results[4].warning?.reason == "INSTANCE_CONFLICT")
        #expect(results[4].sopInstanceUID == "1.1")
        #expect(try await fixture.study().instanceCount == 2)
    }

    @Test func `the same data set in another program's file is the same instance`() async throws {
        let image = try SampleInstance.radiograph("1.1")
        let repacked = try SampleInstance.repacked(image)
        #expect(repacked != image)
        #expect(try await fixture.submit(image).map(\.duplicate) == [false])
        #expect(try await fixture.submit(repacked).map(\.duplicate) == [true])
        let other = try SampleInstance.repacked(SampleInstance.radiograph("1.1", comment: "changed"))
        #expect(try await fixture.submit(other).map(\.conflict) == [true])
        #expect(
            try await fixture.submit(SampleInstance.radiograph("1.1", comment: "changed")).map(\.duplicate) == [true])
        #expect(try await fixture.study().instanceCount == 2)
    }

    @Test(arguments: ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
    func `an instance without an identifier is refused by its keyword`(keyword: String) async throws {
        let error = try await fixture.submit(SampleInstance.lacking(keyword)).first?.error
        #expect(error?.reason == "MISSING_ATTRIBUTE")
        #expect(error?.field == keyword)
    }

    @Test(arguments: ["../../etc/passwd", "1.2'; DROP TABLE studies; --", String(repeating: "1", count: 65)])
    func `a text that is no UID is refused`(uid: String) async throws {
        let error = try await fixture.submit(SampleInstance.radiograph("1.1", study: uid)).first?.error
        #expect(error?.reason == "MALFORMED_UID")
        #expect(error?.field == "StudyInstanceUID")
        #expect(error?.found.isEmpty == true)
    }

    @Test func `a CT is taken, refused with its reason and shown`() async throws {
        let results = try await fixture.submit(SampleInstance.radiograph("1.1", modality: "CT"), expected: 1)
        #expect(results.map(\.accepted) == [true])
        let study = try await fixture.study()
        #expect(study.state == .complete)
        #expect(study.instances.map(\.state) == [.refused])
        #expect(study.instances.map(\.reason) == ["no route for Modality CT"])
        #expect(study.modality == "CT")
    }

    @Test func `a stream is one answer, each request of it on disk`() async throws {
        let requests = try (1...3).map {
            SubmitRequest(instances: [try SampleInstance.slice("1.\($0)")], requestID: "r", expectedInstances: 3)
        }
        let stream = AsyncStream { continuation in
            requests.forEach { continuation.yield($0) }
            continuation.finish()
        }
        let response = try await fixture.triage.submit(stream: stream)
        #expect(response.results.map(\.sopInstanceUID) == ["1.1", "1.2", "1.3"])
        #expect(response.requestID == "r")
        #expect(try await fixture.study().completedBy == "expected count")
    }

    @Test func `the sender completes a study`() async throws {
        try await fixture.submit(SampleInstance.slice("1.1"))
        let request = CompleteStudyRequest(studyInstanceUID: "1.2")
        let study = try await fixture.triage.completeStudy(request).study
        #expect(study?.completedBy == "request")
        #expect(try await fixture.triage.completeStudy(request).study == study)
    }

    @Test func `the worklist shows studies without instances, in pages`() async throws {
        for number in 1...5 {
            try await fixture.submit(SampleInstance.radiograph("1.\(number)", study: "2.\(number)"), expected: 1)
            fixture.clock.advance(by: .seconds(1))
        }
        fixture.classifier.behave(.answers(flagged: ["scoliosis"]))
        await fixture.dispatcher.runDue()
        try await fixture.submit(SampleInstance.radiograph("1.6", study: "2.6"))
        var uids: [String] = []
        var request = ListWorklistRequest(pageSize: 4)
        repeat {
            let page = try await fixture.triage.listWorklist(request)
            uids += page.entries.compactMap { $0.study?.studyInstanceUID }
            #expect(page.entries.allSatisfy { $0.study?.instances.isEmpty == true && !$0.overdue })
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty
        #expect(uids == ["2.1", "2.2", "2.3", "2.4", "2.5", "2.6"])
        let first = try await fixture.triage.listWorklist(ListWorklistRequest(pageSize: 1)).entries.first
        #expect(first?.waitingSeconds == 5)
        let pending = try await fixture.triage.listWorklist(ListWorklistRequest(state: .pending))
        #expect(pending.entries.map(\.study?.studyInstanceUID) == ["2.6"])
    }

    @Test func `wrong requests are refused by field and limit`() async throws {
        let service = fixture.triage
        await expect("MISSING_FIELD", .invalidArgument, "instances") { try await service.submit(SubmitRequest()) }
        await expect("FIELD_OUT_OF_RANGE", .invalidArgument, "expected_instances") {
            try await service.submit(SubmitRequest(instances: [Data()], expectedInstances: -1))
        }
        await expect("MISSING_FIELD", .invalidArgument, "study_instance_uid") {
            try await service.getStudy(GetStudyRequest())
        }
        await expect("UNKNOWN_STUDY", .notFound, "study_instance_uid") {
            try await service.getStudy(GetStudyRequest(studyInstanceUID: "9"))
        }
        await expect("UNKNOWN_STUDY", .notFound, "study_instance_uid") {
            try await service.completeStudy(CompleteStudyRequest(studyInstanceUID: "9"))
        }
        for size in [-1, 1001] as [Int32] {
            await expect("FIELD_OUT_OF_RANGE", .invalidArgument, "page_size") {
                try await service.listWorklist(ListWorklistRequest(pageSize: size))
            }
        }
        await expect("MALFORMED_PAGE_TOKEN", .invalidArgument, "page_token") {
            try await service.listWorklist(ListWorklistRequest(pageToken: "x"))
        }
        await expect("FIELD_OUT_OF_RANGE", .invalidArgument, "state") {
            try await service.listWorklist(ListWorklistRequest(state: .unrecognized(77)))
        }
    }

    private func expect(
        _ reason: String, _ code: RPCStatus.Code, _ field: String, from call: () async throws -> some Message,
        at location: SourceLocation = #_sourceLocation
    ) async {
        do {
            _ = try await call()
            Issue.record("no error", sourceLocation: location)
        } catch {
            let status = RPCStatus(mapping: error)
            #expect(status.code == code, sourceLocation: location)
            #expect(status.errorInfo?.reason == reason, sourceLocation: location)
            #expect(status.errorInfo?.field == field, sourceLocation: location)
        }
    }
}

import ClassifierService
import Foundation
import HTTP
import Imaging
import RPC
import ServiceKit
import Testing
import Wire

private struct BadRequest: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let request: @Sendable () throws -> ClassifyRequest
    let code: RPCStatus.Code
    let reason: String
    let field: String
    let limit: String

    init(
        _ name: String, _ code: RPCStatus.Code, _ reason: String, field: String, limit: String = "",
        _ request: @escaping @Sendable () throws -> ClassifyRequest
    ) {
        testDescription = name
        self.request = request
        self.code = code
        self.reason = reason
        self.field = field
        self.limit = limit
    }
}

private let badRequests: [BadRequest] = [
    .init("no image", .invalidArgument, "EMPTY_IMAGE", field: "image", limit: "at least 1 byte") { ClassifyRequest() },
    .init("text as an image", .invalidArgument, "UNRECOGNISED_FORMAT", field: "image") {
        ClassifyRequest(image: Data("not an image at all, but some text".utf8))
    },
    .init("an unknown media type", .invalidArgument, "UNKNOWN_MEDIA_TYPE", field: "media_type") {
        ClassifyRequest(image: try SampleImages.png(SampleImages.chest()), mediaType: "text/plain")
    },
    .init("the wrong media type", .invalidArgument, "MEDIA_TYPE_MISMATCH", field: "media_type", limit: "image/jpeg") {
        ClassifyRequest(image: try SampleImages.png(SampleImages.chest()), mediaType: "image/jpeg")
    },
    .init("half a PNG file", .invalidArgument, "TRUNCATED_CODESTREAM", field: "PixelData") {
        let file = try SampleImages.png(SampleImages.chest())
        return ClassifyRequest(image: file.prefix(file.count / 2))
    },
    .init("an unknown model", .notFound, "UNKNOWN_MODEL", field: "model", limit: "chest-xray") {
        ClassifyRequest(image: try SampleImages.png(SampleImages.chest()), model: "lung-ct")
    },
    .init("a CT", .failedPrecondition, "WRONG_MODALITY", field: "Modality", limit: "CR, DX, DR, RG, OT") {
        ClassifyRequest(image: try SampleImages.dicom(SampleImages.chest(), modality: "CT"))
    },
    .init("three frames", .failedPrecondition, "SEVERAL_FRAMES", field: "NumberOfFrames", limit: "1") {
        ClassifyRequest(image: try SampleImages.dicom(SampleImages.chest()) { try $0.set(.numberOfFrames, 3) })
    },
    .init("20,000 × 20,000 in a DICOM header", .invalidArgument, "IMAGE_TOO_LARGE", field: "Rows", limit: "16384") {
        ClassifyRequest(
            image: try SampleImages.dicom(.drawn(4, 4) { _, _ in 0 }) {
                try $0.set(.rows, 20_000)
                try $0.set(.columns, 20_000)
            })
    },
    .init("20,000 × 20,000 in a PNG header", .invalidArgument, "IMAGE_TOO_LARGE", field: "Rows", limit: "16384") {
        ClassifyRequest(image: SampleImages.pngHeader(rows: 20_000, columns: 20_000))
    },
]

@Suite(.timeLimit(.minutes(5))) struct BadInputTests {
    @Test func `each bad request has its status, and the next request works`() async throws {
        let good = ClassifyRequest(image: try SampleImages.png(SampleImages.chest()))
        try await RunningService.run { _ in
        } _: { service in
            for bad in badRequests {
                let status = try await #require(throws: RPCStatus.self, "\(bad.testDescription)") {
                    try await service.classify(bad.request())
                }
                let info = try #require(status.errorInfo, "\(bad.testDescription)")
                #expect(status.code == bad.code, "\(bad.testDescription)")
                #expect(info.reason == bad.reason, "\(bad.testDescription)")
                #expect(info.field == bad.field, "\(bad.testDescription)")
                if !bad.limit.isEmpty { #expect(info.limit == bad.limit, "\(bad.testDescription)") }
                #expect(!info.remedy.isEmpty, "\(bad.testDescription)")
                #expect(try await service.classify(good).findings.count == 9, "after \(bad.testDescription)")
            }
            #expect(service.log.all.allSatisfy { !$0.contains("Doe") })
        }
    }

    @Test func `bad HTTP has its status, and the next request works`() async throws {
        try await RunningService.run { _ in
        } _: { service in
            let classify = "/hilum.v1.ClassifierService/Classify"
            let proto: HTTPFields = ["content-type": "application/proto"]
            #expect(try await service.get(classify, method: "PUT").status == 405)
            #expect(try await service.get("/nothing").status == 404)
            #expect(try await service.get("/metrics", method: "POST").status == 405)
            let unknown = try await service.get(
                "/hilum.v1.ClassifierService/Guess", method: "POST", fields: proto)
            #expect(unknown.status == 501 || unknown.status == 404)
            let wrongType = try await service.get(
                classify, method: "POST", fields: ["content-type": "text/html"], body: Data("<p>".utf8))
            #expect(wrongType.status == 415)
            let garbage = try await service.get(
                classify, method: "POST", fields: proto, body: Data([0xFF, 0xFF, 0xFF]))
            #expect(garbage.status == 400)
            #expect(garbage.text.contains("invalid_argument"))
            let json = try await service.get(
                classify, method: "POST", fields: ["content-type": "application/json"], body: Data("{\"image\":".utf8))
            #expect(json.status == 400)
            let good = ClassifyRequest(image: try SampleImages.png(SampleImages.chest()))
            #expect(try await service.classify(good).findings.count == 9)
        }
    }

    @Test func `a body above the limit is refused with the limit, and the next request works`() async throws {
        try await RunningService.run {
            $0.server.maxBodyBytes = 1 << 20
        } _: { service in
            let status = try await #require(throws: RPCStatus.self) {
                try await service.classify(ClassifyRequest(image: Data(count: 3 << 20)))
            }
            #expect(status.code == .resourceExhausted)
            let good = ClassifyRequest(image: try SampleImages.png(SampleImages.chest()))
            #expect(try await service.classify(good).findings.count == 9)
        }
    }

    @Test func `a body of 200 MiB is taken`() async throws {
        try await RunningService.run { _ in
        } _: { service in
            var image = try SampleImages.png(SampleImages.chest())
            image.append(Data(count: 200 << 20))  // what follows the end of a PNG file is no part of it
            #expect(try await service.classify(ClassifyRequest(image: image)).findings.count == 9)
        }
    }

    @Test func `requests beyond the queue are refused as exhausted and those in it are answered`() async throws {
        let image = try SampleImages.png(SampleImages.chest(side: 1500))
        try await RunningService.run {
            $0.server.maxConcurrency = 1
            $0.server.maxQueue = 1
        } _: { service in
            let outcomes = await withTaskGroup(of: RPCStatus?.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        do {
                            _ = try await service.classify(ClassifyRequest(image: image))
                            return nil
                        } catch {
                            return error as? RPCStatus
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let refused = outcomes.compactMap { $0 }
            #expect(outcomes.count - refused.count >= 2)
            #expect(!refused.isEmpty)
            for status in refused {
                #expect(status.code == .resourceExhausted)
                #expect(status.errorInfo?.reason == "QUEUE_FULL")
                #expect(status.errorInfo?.remedy.contains("Try again in") == true)
            }
        }
    }
}

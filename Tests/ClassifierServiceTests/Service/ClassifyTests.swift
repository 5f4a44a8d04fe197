import ClassifierService
import Foundation
import HTTP
import Imaging
import RPC
import ServiceKit
import Testing
import Wire

@Suite(.timeLimit(.minutes(5))) struct ClassifyTests {
    @Test func `a chest image is answered with nine findings, quality, steps and timing`() async throws {
        let image = try SampleImages.png(SampleImages.chest())
        try await RunningService.run { _ in
        } _: { service in
            let response = try await service.classify(ClassifyRequest(image: image, requestID: "r-1"))
            #expect(response.requestID == "r-1")
            #expect(response.quality?.grade == .gradable)
            #expect(response.quality?.gates.count == 7)
            #expect(Set(response.findings.map(\.code)) == Set(TestBundle.allCodes))
            #expect(response.findings == response.findings.inAnswerOrder)
            for finding in response.findings {
                #expect((0...1).contains(finding.probability))
                #expect(finding.flagged == (finding.probability >= finding.threshold))
                #expect(finding.priority == (finding.flagged ? .priority : .routine))
                #expect(finding.codings.first?.scheme == "99HILUM")
                #expect(finding.heatmapPNG.isEmpty)
                #expect(finding.model?.name == "chest-xray")
            }
            #expect(response.model?.weightsSha256.count == 64)
            #expect(response.model?.intendedUse == "tests")
            #expect(response.appliedSteps.contains { $0.contains("resized to 64 × 64") })
            let timing = try #require(response.timing)
            #expect(timing.inferenceMs > 0)
            let parts =
                timing.queueMs + timing.decodeMs + timing.preprocessMs + timing.inferenceMs + timing.postprocessMs
            #expect(timing.totalMs >= parts - 0.01)
        }
    }

    @Test func `the same image as DICOM, PNG, inverted DICOM and in twelve bits gets the same probabilities`()
        async throws
    {
        let chest = SampleImages.chest()
        let inverted = try SampleImages.dicom(chest.mapped { 1 - $0 }) {
            try $0.set(.photometricInterpretation, "MONOCHROME1")
        }
        let files = [try SampleImages.png(chest), try SampleImages.dicom(chest), inverted]
        try await RunningService.run { _ in
        } _: { service in
            var answers: [[Float]] = []
            for file in files {
                let findings = try await service.classify(ClassifyRequest(image: file)).findings
                answers.append(findings.sorted { $0.code < $1.code }.map(\.probability))
            }
            for answer in answers.dropFirst() {
                #expect(answer.count == 9)
                #expect(zip(answer, answers[0]).allSatisfy { abs($0 - $1) < 1e-3 })
            }
        }
    }

    @Test func `heat maps are PNG files of the image's aspect and of bounded size`() async throws {
        let tall = SampleImages.chest(side: 700).cropped(left: 0.2)
        let request = ClassifyRequest(image: try SampleImages.png(tall), includeHeatmaps: true)
        try await RunningService.run {
            $0.maxHeatMapSize = 200
        } _: { service in
            let response = try await service.classify(request)
            #expect(response.findings.count == 9)
            for finding in response.findings {
                let map = try ImageDecoder.decode(finding.heatmapPNG)
                #expect(map.rows == 200 && map.columns == 160)
                #expect((map.values.max() ?? 0) == 255 || map.values.allSatisfy { $0 == 0 })
            }
        }
    }

    @Test func `an image that fails a gate is ungradable with reasons and has no findings`() async throws {
        let images: [(String, Data, String)] = [
            ("one pixel", try SampleImages.png(.drawn(1, 1) { _, _ in 0 }), "size"),
            ("all zero", try SampleImages.png(.drawn(600, 600) { _, _ in 0 }), "blank"),
            ("upside down", try SampleImages.png(SampleImages.chest().turnedClockwise.turnedClockwise), "rotation"),
            ("inverted", try SampleImages.png(SampleImages.chest().mapped { 1 - $0 }), "polarity"),
            ("a hand", try SampleImages.dicom(SampleImages.chest()) { try $0.set(.bodyPartExamined, "HAND") }, "chest"),
            ("lateral", try SampleImages.dicom(SampleImages.chest()) { try $0.set(.viewPosition, "LL") }, "lateral"),
        ]
        try await RunningService.run { _ in
        } _: { service in
            for (name, image, gate) in images {
                let response = try await service.classify(ClassifyRequest(image: image, includeHeatmaps: true))
                #expect(response.quality?.grade == .ungradable, "\(name)")
                #expect(response.quality?.reasons.isEmpty == false, "\(name)")
                #expect(response.quality?.gates.first { !$0.passed && $0.name == gate } != nil, "\(name)")
                #expect(response.findings.isEmpty, "\(name)")
            }
        }
    }

    @Test func `models are listed, and a broken bundle is told and not used`() async throws {
        let folder = try TemporaryFolder()
        try TestBundle(name: "heart", version: "1", codes: ["enlarged_heart"]).write(under: folder.url)
        let broken = folder.url.appending(path: "heart/2")
        try FileManager.default.createDirectory(at: broken, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: broken.appending(path: "model.json"))
        try await RunningService.run {
            $0.models = folder.url.path
        } _: { service in
            let models = try await service.client.unary(ClassifierServiceMethods.listModels, ListModelsRequest()).models
            #expect(models.map(\.ready) == [true, false])
            #expect(models.first?.outputs == ["enlarged_heart"])
            #expect(models.first?.inputShape == [1, 64, 64])
            #expect(models.first?.architecture == "EfficientNetBN efficientnet-b0")
            #expect(models.last?.reason.isEmpty == false)
            let image = try SampleImages.png(SampleImages.chest())
            let findings = try await service.classify(ClassifyRequest(image: image)).findings
            #expect(findings.map(\.code) == ["enlarged_heart"])
        }
    }

    @Test func `several bundles merge into one answer and a named one answers alone`() async throws {
        let folder = try TemporaryFolder()
        try TestBundle(name: "aorta", version: "1", codes: ["dense_aorta", "scoliosis"]).write(under: folder.url)
        try TestBundle(name: "spine", version: "3", codes: ["scoliosis", "vascular_hila"], channels: 3)
            .write(under: folder.url)
        let image = try SampleImages.png(SampleImages.chest())
        try await RunningService.run {
            $0.models = folder.url.path
        } _: { service in
            let merged = try await service.classify(ClassifyRequest(image: image)).findings
            let sources = Dictionary(uniqueKeysWithValues: merged.map { ($0.code, $0.model?.name) })
            #expect(sources == ["dense_aorta": "aorta", "scoliosis": "aorta", "vascular_hila": "spine"])
            let spine = try await service.classify(ClassifyRequest(image: image, model: "spine/3"))
            #expect(Set(spine.findings.map(\.code)) == ["scoliosis", "vascular_hila"])
            #expect(spine.model?.name == "spine")
        }
    }

    @Test func `without a bundle the service lives, is not ready, and says so`() async throws {
        let folder = try TemporaryFolder()
        try await RunningService.run {
            $0.models = folder.url.path
        } _: { service in
            #expect(try await service.get("/healthz/live").status == 200)
            #expect(try await service.get("/healthz/ready") == (503, "no model is ready\n"))
            let status = try await #require(throws: RPCStatus.self) {
                try await service.classify(ClassifyRequest(image: Data([1])))
            }
            #expect(status.code == .unavailable)
        }
    }

    @Test(.enabled(if: SharedData.isPresent, "../shared/data is not here"))
    func `a real chest radiograph is gradable and its recodings get the same answer`() async throws {
        let files = [
            "cxr/nih_dx_nofinding.dcm", "cxr_derived/nih_dx_j2k.dcm", "cxr_derived/nih_dx_rle.dcm",
            "cxr_derived/nih_dx_mono1_12bit.dcm",
        ]
        try await RunningService.run { _ in
        } _: { service in
            var answers: [[Float]] = []
            for file in files {
                let response = try await service.classify(ClassifyRequest(image: SharedData.bytes(file)))
                #expect(response.quality?.grade == .gradable, "\(file)")
                answers.append(response.findings.sorted { $0.code < $1.code }.map(\.probability))
            }
            for answer in answers { #expect(zip(answer, answers[0]).allSatisfy { abs($0 - $1) < 0.01 }) }
        }
    }
}

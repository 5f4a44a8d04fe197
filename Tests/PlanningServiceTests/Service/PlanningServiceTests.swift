import Foundation
import HTTP
import Imaging
import PlanningService
import RPC
import ServiceKit
import Testing
import Wire

struct PlanningServiceTests {
    private static func modelFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hilum-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private static func service(models: URL) -> PlanningService {
        var configuration = PlanningConfiguration()
        configuration.models = models.path
        configuration.threads = 1
        return PlanningService(
            configuration, ServiceContext(logger: Logger(service: "planning-service", level: .error, sink: { _ in })))
    }

    @Test func `without a bundle the service is not ready and says so`() async throws {
        try await Self.modelFolder { folder in
            let state = try await Self.service(models: folder).prepare()
            #expect(state == .notReady(reason: "no model is ready"))
        }
    }

    @Test func `a bundle that fails is listed with its reason`() async throws {
        try await Self.modelFolder { folder in
            let version = folder.appendingPathComponent("cardiac-views/1")
            try FileManager.default.createDirectory(at: version, withIntermediateDirectories: true)
            try Data("{}".utf8).write(to: version.appendingPathComponent("model.json"))
            let service = Self.service(models: folder)
            #expect(try await service.prepare() == .notReady(reason: "no model is ready"))
        }
    }

    /// Calls a method as `application/json` does over Connect, without a socket.
    private static func call(_ method: String, _ body: Data, on host: ServiceHost) async throws -> (Int, Data) {
        var fields = HTTPFields()
        fields["content-type"] = "application/json"
        let response = await host.respond(
            to: HTTPRequest(
                method: "POST", path: "/hilum.v1.PlanningService/\(method)", fields: fields, body: .data(body)))
        return (response.status, try await response.body.collect(limit: 64 << 20))
    }

    @Test func `PlanViews and ListModels answer over Connect`() async throws {
        var configuration = PlanningConfiguration()
        configuration.server.port = 0
        configuration.layout.sliceGroup.thicknessMillimetres = 6
        configuration.layout.sliceGroup.gapMillimetres = 4
        let context = ServiceContext(logger: Logger(service: "planning-service", level: .error, sink: { _ in }))
        let scout = ScoutVolume()
        let model = PlanningModel.standIn(for: scout, heart: Self.heart(at: scout.center))
        let info = ModelInfo(ref: model.reference, outputs: model.outputs.map(\.view.rawValue), ready: true)
        let service = PlanningService(configuration, context) { _, _ in ModelShelf(models: [model], infos: [info]) }
        let host = ServiceHost(service: service, options: configuration.server, context: context)

        let early = try await Self.call("PlanViews", PlanViewsRequest(nifti: scout.nifti()).jsonUTF8(), on: host)
        #expect(early.0 == 503)
        #expect(String(decoding: early.1, as: UTF8.self).contains("unavailable"))

        #expect(try await service.prepare() == .ready)
        let listed = try await Self.call("ListModels", Data("{}".utf8), on: host)
        #expect(listed.0 == 200)
        #expect(try ListModelsResponse(jsonUTF8: listed.1).models == [info])

        let (status, body) = try await Self.call(
            "PlanViews", PlanViewsRequest(nifti: scout.nifti()).jsonUTF8(), on: host)
        #expect(status == 200)
        let answer = try PlanViewsResponse(jsonUTF8: body)
        #expect(answer.planes.map(\.view) == [.shortAxis, .fourChamber, .twoChamber])
        #expect(answer.planes[0].sliceGroup?.thicknessMm == 6)
        #expect(answer.timing?.totalMs ?? 0 > 0)

        let refused = try await Self.call("PlanViews", Data("{}".utf8), on: host)
        #expect(refused.0 == 400)
        #expect(String(decoding: refused.1, as: UTF8.self).contains("invalid_argument"))
    }

    @Test func `models are chosen by name, by name and version, or the first`() throws {
        let (scout, heart) = (ScoutVolume(), Self.heart(at: .zero))
        var models = [PlanningModel]()
        for (name, version) in [("a", "1"), ("b", "2")] {
            let model = PlanningModel.standIn(for: scout, heart: heart)
            models.append(
                PlanningModel(
                    reference: ModelRef(name: name, version: version), input: model.input, outputs: model.outputs,
                    network: model.network))
        }
        let shelf = ModelShelf(models: models, infos: [])
        #expect(try shelf.model(named: "").reference.name == "a")
        #expect(try shelf.model(named: "b").reference.name == "b")
        #expect(try shelf.model(named: "b/2").reference.version == "2")
        #expect(throws: PlanningError.unknownModel(known: ["a", "b"])) { try shelf.model(named: "b/3") }
        #expect(throws: PlanningError.noModelReady) { try ModelShelf.empty.model(named: "") }
    }

    private static func heart(at center: Vector3D) -> PhantomHeart {
        var random = Seeded(1)
        return PhantomHeart(center: center, random: &random)
    }

    @Test func `every error has a reason, and every refusal its figures`() {
        let figures = PlaneFigures(
            gradient: 0.31, residualMillimetres: 7.25, inlierFraction: 0.4, voxelCount: 1234,
            axisDisagreementDegrees: 21, longAxisAngleDegrees: 55, signAgrees: false)
        let errors: [PlanningError] = [
            .noVolume, .twoVolumes, .unknownView(9), .repeatedView(.shortAxis),
            .viewNotInModel(view: .threeChamber, model: "m"), .unknownModel(known: ["m"]), .noModelReady,
            .notMR(found: "CT"), .blankVolume, .noPlane(view: .shortAxis), .planesDoNotMeet, .centerOutsideVolume,
            .lowConfidence(view: .fourChamber, figures: figures), .unexpectedOutput(expected: 3, found: 2),
        ]
        for error in errors {
            let status = error.rpcStatus
            #expect(status.errorInfo?.reason.isEmpty == false, "\(error)")
            #expect(!status.message.isEmpty)
        }
        let refusal = errors[12].rpcStatus
        #expect(refusal.code == .failedPrecondition)
        #expect(
            refusal.errorInfo?.found
                == "confidence 0.00, gradient 0.31, residual 7.2 mm, inliers 0.40 of 1234 voxels, axis off by 21.0°, 2CH-4CH 55°, "
                + "sign reversed")
        #expect(refusal.errorInfo?.field == "FOUR_CHAMBER")
    }

    @Test func `configuration names a wrong value`() {
        #expect(throws: ConfigurationError.self) {
            _ = try ConfigurationLoader.load(
                PlanningConfiguration.self, arguments: ["--slice-thickness", "99"], environment: [:])
        }
    }
}

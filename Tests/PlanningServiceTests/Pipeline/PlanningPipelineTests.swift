import Foundation
import Imaging
import PlanningService
import RPC
import ServiceKit
import Testing
import Wire

struct PlanningPipelineTests {
    private static func setting(
        _ seed: UInt64, _ change: (inout ScoutVolume) -> Void = { _ in }
    ) -> (scout: ScoutVolume, heart: PhantomHeart, pipeline: PlanningPipeline) {
        var random = Seeded(seed)
        var scout = ScoutVolume()
        change(&scout)
        let heart = PhantomHeart(center: scout.center + random.point(within: 15), random: &random)
        return (scout, heart, PlanningPipeline(model: .standIn(for: scout, heart: heart)))
    }

    private static func reason(_ body: () throws -> PlanViewsResponse) -> ErrorInfo? {
        do { _ = try body() } catch { return RPCStatus(mapping: error).errorInfo }
        return nil
    }

    @Test(arguments: UInt64(1)...3)
    func `a series in any order is planned in its own frame of reference`(seed: UInt64) throws {
        var random = Seeded(seed)
        let (scout, heart, pipeline) = Self.setting(seed)
        let instances = try scout.instances().shuffled(using: &random)
        let answer = try pipeline.answer(PlanViewsRequest(instances: instances, requestID: "r\(seed)"))
        #expect(answer.requestID == "r\(seed)")
        #expect(answer.model?.name == "stand-in")
        #expect(answer.planes.map(\.view) == [.shortAxis, .fourChamber, .twoChamber])
        for plane in answer.planes {
            let view = try #require(CardiacView(plane.view))
            let normal = try #require(plane.normal).vector
            #expect(normal.degrees(to: try #require(heart.normals[view])) < 0.1, "seed \(seed)")
            #expect((try #require(plane.center).vector - heart.center).length < 0.1)
            let (row, column) = try (#require(plane.row).vector, #require(plane.column).vector)
            #expect((row.cross(column) - normal).length < 1e-6)
            #expect(plane.frameOfReferenceUID == "1.2.826.0.1.3680043.10.4")
            #expect(plane.confidence > 0.95)
            #expect(plane.residualMm < 0.1)
            #expect(plane.inlierFraction > 0.99)
            #expect(plane.fieldOfViewMm == 320)
            #expect(plane.reformats.isEmpty && plane.distanceMapNifti.isEmpty)
        }
        let group = try #require(answer.planes[0].sliceGroup)
        #expect(group.count == 11)
        let span = try #require(group.lastCenter).vector - (try #require(group.firstCenter).vector)
        #expect((span - heart.axis * 100).length < 0.2, "apex to base")
        #expect(answer.planes[1].sliceGroup == nil)
        let timing = try #require(answer.timing)
        #expect(timing.decodeMs > 0 && timing.preprocessMs > 0 && timing.postprocessMs > 0)
        let parts = timing.decodeMs + timing.preprocessMs + timing.inferenceMs + timing.postprocessMs
        #expect(abs(timing.totalMs - parts) < 5)
        #expect(answer.appliedSteps.contains("percentiles 1 and 99 became 0 and 1"))
    }

    @Test func `oblique anisotropic scouts give the same planes`() throws {
        let (scout, heart, pipeline) = Self.setting(4) {
            $0.row = Vector3D(0.8, 0.6, 0)
            $0.column = Vector3D(-0.36, 0.48, -0.8)
            $0.spacing = Vector3D(6, 6, 10)
            $0.columns = 48
            $0.rows = 48
            $0.slices = 24
        }
        let answer = try pipeline.answer(PlanViewsRequest(instances: scout.instances()))
        for plane in answer.planes {
            let view = try #require(CardiacView(plane.view))
            #expect(try #require(plane.normal).vector.degrees(to: try #require(heart.normals[view])) < 0.1)
        }
    }

    @Test func `NIfTI gives the same plan, without a frame of reference, and its maps come back`() throws {
        let (scout, heart, pipeline) = Self.setting(2)
        let answer = try pipeline.answer(
            PlanViewsRequest(nifti: scout.nifti(), views: [.twoChamber], includeDistanceMaps: true))
        #expect(answer.planes.count == 1)
        let plane = answer.planes[0]
        #expect(plane.frameOfReferenceUID.isEmpty)
        #expect(try #require(plane.normal).vector.degrees(to: try #require(heart.normals[.twoChamber])) < 0.1)
        let map = try Volume(nifti: plane.distanceMapNifti)
        let point = heart.center + Vector3D(11, -7, 5)
        let expected = try #require(heart.normals[.twoChamber]).dot(point - heart.center)
        #expect(abs(Double(try #require(map.sample(at: point))) - expected) < 0.01)
    }

    @Test func `reformats show the volume where they say they lie`() throws {
        let (scout, _, pipeline) = Self.setting(3)
        let answer = try pipeline.answer(
            PlanViewsRequest(instances: scout.instances(), views: [.fourChamber, .shortAxis], includeReformats: true))
        #expect(answer.planes[0].reformats.count == 1)
        #expect(answer.planes[1].reformats.count == 11)
        #expect(answer.planes[1].reformats.map(\.sliceIndex) == Array(0..<11))
        for plane in answer.planes {
            for reformat in plane.reformats {
                try Self.check(reformat, of: plane)
            }
        }
        let group = try #require(answer.planes[1].sliceGroup)
        let first = try Self.plane(of: DataSet(parsing: answer.planes[1].reformats[0].dicom))
        #expect((first.center - (try #require(group.firstCenter).vector)).length < 1e-4)
    }

    private static func plane(of image: DataSet) throws -> ImagePlane {
        let p = try #require(image.doubles(.imagePositionPatient))
        let o = try #require(image.doubles(.imageOrientationPatient))
        let s = try #require(image.doubles(.pixelSpacing))
        return try ImagePlane(
            position: Vector3D(p[0], p[1], p[2]), row: Vector3D(o[0], o[1], o[2]), column: Vector3D(o[3], o[4], o[5]),
            rowSpacing: s[0], columnSpacing: s[1], rows: try #require(image.int(.rows)),
            columns: try #require(image.int(.columns)))
    }

    /// The scout's value is known everywhere, so every pixel of a cut is.
    private static func check(_ reformat: Reformat, of planned: ViewPlane) throws {
        let image = try DataSet(parsing: reformat.dicom)
        #expect(image.string(.frameOfReferenceUID) == "1.2.826.0.1.3680043.10.4")
        #expect(image.string(.studyInstanceUID) == "1.2.826.0.1.3680043.10.2")
        #expect(image.string(.patientID) == "P17")
        #expect(image.string(.seriesInstanceUID) != "1.2.826.0.1.3680043.10.3")
        #expect(image.string(.sopInstanceUID)?.hasPrefix("2.25.") == true)
        let plane = try plane(of: image)
        #expect((plane.normal - (try #require(planned.normal).vector)).length < 1e-6)
        #expect((plane.row - (try #require(planned.row).vector)).length < 1e-6)
        let decoded = try ImageDecoder.decode(image)
        for (row, column) in [(128, 128), (120, 140), (100, 128), (128, 90)] {
            let value = ScoutVolume.value(at: plane.point(row: Double(row), column: Double(column)))
            #expect(abs(Double(decoded.values[row * 256 + column]) - value) < 1.5)
        }
        let png = try ImageDecoder.decode(reformat.png, as: .png)
        #expect((png.rows, png.columns, png.bitsStored) == (256, 256, 8))
    }

    @Test(.enabled(if: Checkout.hasDciodvfy, "dciodvfy (dicom3tools) is not installed"))
    func `reformats are valid to dciodvfy, from DICOM and from NIfTI`() throws {
        let (scout, _, pipeline) = Self.setting(5)
        let requests = [
            PlanViewsRequest(instances: try scout.instances(), includeReformats: true),
            PlanViewsRequest(nifti: try scout.nifti(), includeReformats: true),
        ]
        for request in requests {
            let answer = try pipeline.answer(request)
            try Checkout.withTemporaryFolder { folder in
                for (index, plane) in answer.planes.enumerated() {
                    let file = folder.appendingPathComponent("\(index).dcm")
                    try plane.reformats[0].dicom.write(to: file)
                    let found = try Checkout.run(Checkout.dciodvfy, [file.path])
                    #expect(found.output.contains("MRImage"))
                    #expect(!found.output.contains("Error"), "\(found.output)")
                    #expect(!found.output.contains("Bad group length"))
                }
            }
        }
    }

    @Test(.enabled(if: Checkout.hasPython, "the Python environment is not here"))
    func `pydicom and nibabel see the geometry that the answer states`() throws {
        let (scout, _, pipeline) = Self.setting(6)
        let answer = try pipeline.answer(
            PlanViewsRequest(instances: scout.instances(), includeReformats: true, includeDistanceMaps: true))
        try Checkout.withTemporaryFolder { folder in
            for (index, plane) in answer.planes.enumerated() {
                try plane.reformats[0].dicom.write(to: folder.appendingPathComponent("\(index).dcm"))
                try plane.distanceMapNifti.write(to: folder.appendingPathComponent("\(index).nii.gz"))
            }
            try answer.jsonUTF8(pretty: false).write(to: folder.appendingPathComponent("answer.json"))
            let script = Checkout.root.appendingPathComponent("Tests/Fixtures/planning/check_answer.py").path
            let found = try Checkout.run(Checkout.python, [script, folder.path])
            #expect(found.status == 0, "\(found.output)")
            #expect(found.output.contains("3 planes agree"))
        }
    }

    @Test func `what cannot be planned is a typed error with its figures`() throws {
        let (scout, _, pipeline) = Self.setting(1)
        let instances = try scout.instances()
        func reason(_ request: PlanViewsRequest, _ other: PlanningPipeline? = nil) -> ErrorInfo? {
            Self.reason { try (other ?? pipeline).answer(request) }
        }
        #expect(reason(PlanViewsRequest())?.reason == "NO_VOLUME")
        #expect(try reason(PlanViewsRequest(instances: instances, nifti: scout.nifti()))?.reason == "TWO_VOLUMES")
        #expect(reason(PlanViewsRequest(instances: instances, views: [.unspecified]))?.reason == "UNKNOWN_VIEW")
        #expect(reason(PlanViewsRequest(instances: instances, views: [.unrecognized(77)]))?.found == "77")
        #expect(
            reason(PlanViewsRequest(instances: instances, views: [.twoChamber, .twoChamber]))?.reason
                == "REPEATED_VIEW")
        #expect(
            reason(PlanViewsRequest(instances: instances, views: [.threeChamber]))?.reason == "VIEW_NOT_IN_MODEL")

        let few = reason(PlanViewsRequest(instances: Array(instances.prefix(5))))
        #expect(few?.reason == "TOO_FEW_SLICES")
        #expect(few?.found == "5 slices" && few?.limit == "6 slices")
        var uneven = instances
        uneven.remove(at: 9)
        #expect(reason(PlanViewsRequest(instances: uneven))?.reason == "MISSING_SLICES")

        var tomography = scout
        tomography.modality = "CT"
        let ct = try reason(PlanViewsRequest(instances: Array(tomography.instances().prefix(1))))
        #expect(ct?.reason == "NOT_MR" && ct?.field == "Modality" && ct?.found == "CT")

        let blank = try Volume(grid: scout.grid, voxels: Array(repeating: 3, count: scout.grid.voxelCount)).niftiGzip()
        #expect(reason(PlanViewsRequest(nifti: blank))?.reason == "BLANK_VOLUME")
        #expect(reason(PlanViewsRequest(nifti: Data("junk".utf8)))?.reason == "NOT_NIFTI")
    }

    @Test func `a volume in which the network finds no heart is refused with the figures`() throws {
        let (scout, _, pipeline) = Self.setting(1)
        let model = pipeline.model
        let blind = PlanningPipeline(
            model: PlanningModel(
                reference: model.reference, input: model.input, outputs: model.outputs, network: NoiseNetwork()))
        let info = Self.reason { try blind.answer(PlanViewsRequest(instances: scout.instances())) }
        #expect(info?.reason == "LOW_CONFIDENCE")
        #expect(info?.found.isEmpty == false)
        #expect(info?.remedy.isEmpty == false)
    }

    @Test func `cancelled work stops between the steps`() throws {
        let (scout, _, pipeline) = Self.setting(1)
        let flag = CancellationFlag()
        flag.cancel()
        let request = PlanViewsRequest(instances: try scout.instances())
        #expect(throws: CancellationError.self) { try pipeline.answer(request, cancellation: flag) }
    }
}

extension Vector3 {
    var vector: Vector3D { Vector3D(x, y, z) }
}

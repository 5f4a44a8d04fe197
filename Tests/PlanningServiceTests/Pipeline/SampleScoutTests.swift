import Foundation
import Imaging
import NeuralNetwork
import PlanningService
import ServiceKit
import Testing
import Wire

/// The shipped bundle on the shipped scout, against the truth its generator wrote.
struct SampleScoutTests {
    struct Truth: Decodable {
        struct Plane: Decodable {
            let center: [Double]
            let normal: [Double]
        }
        struct Cardiac: Decodable {
            let folder: String
            let planes: [String: Plane]
            let apex: [Double]
            let mitralCenter: [Double]

            enum CodingKeys: String, CodingKey {
                case folder, planes, apex
                case mitralCenter = "mitral_center"
            }
        }
        let cardiac: [Cardiac]
    }

    static func vector(_ values: [Double]) -> Vector3D { Vector3D(values[0], values[1], values[2]) }

    static let truth: [Truth.Cardiac] = {
        guard let data = try? Data(contentsOf: Checkout.samples.appendingPathComponent("truth.json")) else { return [] }
        return (try? JSONDecoder().decode(Truth.self, from: data))?.cardiac ?? []
    }()

    static let model: PlanningModel? = {
        guard let pool = try? ComputePool(threads: 2) else { return nil }
        return try? ModelShelf.load(root: Checkout.models.path, pool: pool).models.first
    }()

    static func instances(_ folder: String) throws -> [Data] {
        let directory = Checkout.samples.appendingPathComponent(folder)
        return try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            .map { try Data(contentsOf: $0) }
    }

    @Test func `there is a scout with its truth and a bundle`() {
        #expect(!Self.truth.isEmpty)
        #expect(Self.model != nil)
    }

    @Test(arguments: truth.map(\.folder))
    func `planes lie within 15° and 10 mm of the truth, and the slices cover the ventricle`(folder: String) throws {
        let truth = try #require(Self.truth.first { $0.folder == folder })
        let pipeline = PlanningPipeline(model: try #require(Self.model))
        let views = CardiacView.allCases.map(\.wire)
        let answer = try pipeline.answer(PlanViewsRequest(instances: Self.instances(folder), views: views))
        #expect(answer.planes.map(\.view) == views)
        for plane in answer.planes {
            let view = try #require(CardiacView(plane.view))
            let expected = try #require(truth.planes[view.rawValue])
            let (center, normal) = (Self.vector(expected.center), Self.vector(expected.normal))
            let found = try (center: #require(plane.center).vector, normal: #require(plane.normal).vector)
            let angle = found.normal.degrees(to: normal)
            let distance = abs(found.normal.dot(center - found.center))
            print(
                folder, view.shortName,
                String(
                    format: "%.1f° %.1f mm, centre %.1f mm, confidence %.2f, residual %.1f mm, inliers %.2f", angle,
                    distance, (found.center - center).length, plane.confidence, plane.residualMm,
                    plane.inlierFraction))
            #expect(angle < 15, "\(view)")
            #expect(distance < 10, "\(view)")
            #expect((found.center - center).length < 15, "\(view)")
        }
        let group = try #require(answer.planes.first?.sliceGroup)
        let (first, last) = try (#require(group.firstCenter).vector, #require(group.lastCenter).vector)
        let axis = try #require((last - first).normalized)
        let half = group.thicknessMm / 2
        #expect(axis.dot(Self.vector(truth.apex) - first) > -half - 5, "the apex is covered")
        #expect(axis.dot(Self.vector(truth.mitralCenter) - last) < half + 5, "the base is covered")
    }

    @Test(.enabled(if: SharedSeries.isPresent, "../shared/data is not here"))
    func `a wrist, a test object and heads are refused`() throws {
        let pipeline = PlanningPipeline(model: try #require(Self.model))
        let requests = [
            PlanViewsRequest(instances: try SharedSeries.wrist()),
            PlanViewsRequest(instances: [try SharedSeries.bytes("mr_enhanced/011-0001.img")]),
            PlanViewsRequest(nifti: try SharedSeries.bytes("nifti/anatomical.nii")),
            PlanViewsRequest(nifti: try SharedSeries.bytes("nifti/example4d.nii.gz")),
            PlanViewsRequest(nifti: try SharedSeries.bytes("nifti/reoriented_anat_moved.nii")),
        ]
        for request in requests {
            #expect(throws: PlanningError.self) { try pipeline.answer(request) }
        }
    }
}

/// Real volumes that show no heart.
enum SharedSeries {
    static var directory: URL {
        let environment = ProcessInfo.processInfo.environment
        let shared =
            environment["HILUM_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? Checkout.root.deletingLastPathComponent().appendingPathComponent("shared")
        return shared.appendingPathComponent("data")
    }

    static func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: directory.appendingPathComponent(name))
    }

    static var isPresent: Bool { Checkout.isCI || FileManager.default.fileExists(atPath: directory.path) }

    static func wrist() throws -> [Data] {
        let series = directory.appendingPathComponent("mr_series_wrist")
        return try FileManager.default.contentsOfDirectory(at: series, includingPropertiesForKeys: nil)
            .map { try Data(contentsOf: $0) }
    }
}

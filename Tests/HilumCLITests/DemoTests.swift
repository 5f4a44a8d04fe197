import Foundation
import HilumCLI
import Testing
import Wire

private let json = """
    { "chest": [ {"file": "chest/a.dcm", "findings": {"scoliosis": true, "enlarged_heart": false}} ],
      "cardiac": [ {"folder": "cardiac/s", "planes": {"SHORT_AXIS": {"center": [0, 0, 5], "normal": [0, 0, 1]}},
                    "apex": [0, 0, 0], "base": [0, 0, 80]} ] }
    """

private func chestStudy(flagged: [String], grade: ImageQuality.Grade = .gradable) -> Study {
    let findings = ["scoliosis", "enlarged_heart"].map { Finding(code: $0, flagged: flagged.contains($0)) }
    return Study(
        instances: [Instance(classification: ClassifyResponse(findings: findings, quality: ImageQuality(grade: grade)))]
    )
}

private func mrStudy(tilt degrees: Double, z: Double) -> Study {
    let angle = degrees * .pi / 180
    let plane = ViewPlane(view: .shortAxis, center: Vector3(z: z), normal: Vector3(x: sin(angle), z: cos(angle)))
    return Study(plans: [PlanViewsResponse(planes: [plane])])
}

@Suite struct DemoTests {
    private let truth: Truth

    init() throws {
        truth = try Truth(json: Data(json.utf8))
    }

    @Test func `angle and distance of a plane do not depend on the normal's sign and length`() throws {
        let plane = Truth.Plane(center: [3, 0, 14], normal: [0, 0, -1])
        for sign in [1.0, -2.0] {
            let found = ViewPlane(center: Vector3(z: 10), normal: Vector3(x: 0, y: sign, z: sign))
            let error = try #require(PlaneError(found, truth: plane))
            #expect(abs(error.degrees - 45) < 1e-9)
            #expect(abs(error.millimetres - 4 / 2.0.squareRoot()) < 1e-9)
        }
        #expect(PlaneError(ViewPlane(), truth: plane) == nil)
        #expect(PlaneError(ViewPlane(center: Vector3(), normal: Vector3()), truth: plane) == nil)
    }

    @Test(arguments: [(["scoliosis"], 0), ([], 1), (["scoliosis", "enlarged_heart"], 1), (["enlarged_heart"], 1)])
    func `findings agree when exactly the true ones are flagged`(flagged: [String], disagreements: Int) {
        var report = DemoReport()
        report.add(truth.chest[0], chestStudy(flagged: flagged))
        #expect(report.disagreements == disagreements)
    }

    @Test func `a finding without a model is named and left out of the comparison`() {
        var report = DemoReport()
        let findings = [Finding(code: "enlarged_heart")]
        let response = ClassifyResponse(findings: findings, quality: ImageQuality(grade: .gradable))
        report.add(truth.chest[0], Study(instances: [Instance(classification: response)]))
        #expect(report.disagreements == 0)
        #expect(report.text.contains("(scoliosis: no model)"))
        report.add(
            truth.chest[0],
            Study(instances: [
                Instance(classification: ClassifyResponse(quality: ImageQuality(grade: .gradable)))
            ]))
        #expect(report.disagreements == 1)
    }

    @Test func `an ungradable image and a missing answer never agree`() {
        var report = DemoReport()
        report.add(truth.chest[0], chestStudy(flagged: ["scoliosis"], grade: .ungradable))
        report.add(truth.chest[0], Study(reason: "classifier is down"))
        report.add(truth.cardiac[0], Study())
        #expect(report.disagreements == 3)
        #expect(report.text.contains("chest/a.dcm: classifier is down"))
    }

    @Test func `findings are shown with their probabilities beside the truth`() {
        var report = DemoReport()
        var study = chestStudy(flagged: [])
        study.instances[0].classification?.findings[0].probability = 0.3125
        report.add(truth.chest[0], study)
        #expect(report.text.contains("chest/a.dcm  -         - (highest: scoliosis 0.31)  scoliosis  NO"))
    }

    @Test(arguments: [(14.0, 5.0, 0), (16, 5, 1), (0, 14, 0), (0, 16, 1)])
    func `a plane agrees within 15 degrees and 10 mm`(tilt: Double, z: Double, disagreements: Int) {
        var report = DemoReport()
        report.add(truth.cardiac[0], mrStudy(tilt: tilt, z: z))
        #expect(report.disagreements == disagreements)
    }

    @Test func `a truth of another form is a typed error`() {
        #expect(throws: Failure.self) { try Truth(json: Data("{}".utf8)) }
    }
}

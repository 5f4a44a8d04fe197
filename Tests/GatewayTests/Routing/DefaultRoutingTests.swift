import Gateway
import Testing

@Suite struct DefaultRoutingTests {
    private static let cr = "1.2.840.10008.5.1.4.1.1.1"
    private static let mr = "1.2.840.10008.5.1.4.1.1.4"

    private func decide(_ modality: String, _ sopClass: String = "", _ bodyPart: String = "") throws
        -> RouteDecision.Action
    {
        try RoutingRules.load(path: nil).decide(
            InstanceHeader(
                sopInstanceUID: "1", studyInstanceUID: "2", seriesInstanceUID: "3", sopClassUID: sopClass,
                modality: modality, bodyPartExamined: bodyPart)
        ).action
    }

    @Test(arguments: ["CR", "DX", "DR", "dx"], ["", "CHEST", "Thorax"])
    func `a radiograph of the chest or of no stated body part goes to the classifier`(
        modality: String, bodyPart: String
    ) throws {
        #expect(try decide(modality, Self.cr, bodyPart) == .send(.classifier, model: "", shadows: []))
    }

    @Test(arguments: ["1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.1.1", ""])
    func `secondary capture, digital radiograph and no stated class are radiographs`(sopClass: String) throws {
        #expect(try decide("DX", sopClass) == .send(.classifier, model: "", shadows: []))
    }

    @Test(arguments: ["", "HEART", "CHEST"])
    func `MR of the heart or of no stated body part goes to planning`(bodyPart: String) throws {
        #expect(try decide("MR", Self.mr, bodyPart) == .send(.planning, model: "", shadows: []))
        #expect(try decide("MR", "1.2.840.10008.5.1.4.1.1.4.1", bodyPart) == .send(.planning, model: "", shadows: []))
    }

    @Test(
        arguments: [
            ("CT", "", "", "no route for Modality CT"),
            ("", "", "", "no route: Modality is not stated"),
            ("DX", Self.cr, "KNEE", "no route for Modality DX of BodyPartExamined KNEE"),
            ("MR", Self.mr, "BRAIN", "no route for Modality MR of BodyPartExamined BRAIN"),
            (
                "MR", "1.2.840.10008.5.1.4.1.1.4.2", "",
                "no route for Modality MR of SOPClassUID 1.2.840.10008.5.1.4.1.1.4.2"
            ),
            (
                "DX", "1.2.840.10008.5.1.4.1.1.11.1", "",
                "no route for Modality DX of SOPClassUID 1.2.840.10008.5.1.4.1.1.11.1"
            ),
        ])
    func `anything else is refused with the value that decided`(
        modality: String, sopClass: String, bodyPart: String, reason: String
    ) throws {
        #expect(try decide(modality, sopClass, bodyPart) == .refuse(reason: reason))
    }

    @Test func `a reason holds no control characters and no long values`() throws {
        guard case .refuse(let reason) = try decide(String(repeating: "X\n", count: 500)) else {
            Issue.record("routed")
            return
        }
        #expect(reason.count < 100)
        #expect(!reason.contains("\n"))
    }
}

import Gateway
import Testing

@Suite struct RoutingRulesTests {
    private static let cr = "1.2.840.10008.5.1.4.1.1.1"
    private static let mr = "1.2.840.10008.5.1.4.1.1.4"

    private func decide(_ modality: String, _ sopClass: String = "", _ bodyPart: String = "") -> RouteDecision {
        RoutingRules().decide(
            InstanceHeader(
                sopInstanceUID: "1", studyInstanceUID: "2", seriesInstanceUID: "3", sopClassUID: sopClass,
                modality: modality, bodyPartExamined: bodyPart))
    }

    @Test(arguments: ["CR", "DX", "DR", "dx"], ["", "CHEST", "Thorax"])
    func `a radiograph of the chest or of no stated body part goes to the classifier`(
        modality: String, bodyPart: String
    ) {
        #expect(decide(modality, Self.cr, bodyPart) == .to(.classifier))
    }

    @Test(arguments: ["1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.1.1", ""])
    func `secondary capture, digital radiograph and no stated class are radiographs`(sopClass: String) {
        #expect(decide("DX", sopClass) == .to(.classifier))
    }

    @Test(arguments: ["", "HEART", "CHEST"])
    func `MR of the heart or of no stated body part goes to planning`(bodyPart: String) {
        #expect(decide("MR", Self.mr, bodyPart) == .to(.planning))
        #expect(decide("MR", "1.2.840.10008.5.1.4.1.1.4.1", bodyPart) == .to(.planning))
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
    ) {
        #expect(decide(modality, sopClass, bodyPart) == .refused(reason: reason))
    }

    @Test func `a reason holds no control characters and no long values`() {
        guard case .refused(let reason) = decide(String(repeating: "X\n", count: 500)) else {
            Issue.record("routed")
            return
        }
        #expect(reason.count < 100)
        #expect(!reason.contains("\n"))
    }
}

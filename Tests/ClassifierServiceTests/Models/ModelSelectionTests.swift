import ClassifierService
import Testing

private let heart = ModelSelection.Candidate(name: "heart", version: "2", codes: ["enlarged_heart"])
private let aorta = ModelSelection.Candidate(name: "aorta", version: "1", codes: ["unfolded_aorta", "dense_aorta"])
private let all = ModelSelection.Candidate(
    name: "chest-xray", version: "1", codes: ["scoliosis", "enlarged_heart", "dense_aorta"])

@Suite struct ModelSelectionTests {
    @Test func `bundles of one finding each are all used`() throws {
        let selection = try ModelSelection(of: [heart, aorta], for: "")
        #expect(selection.parts == [.init(candidate: 1, outputs: [0, 1]), .init(candidate: 0, outputs: [0])])
    }

    @Test func `where two cover a finding the first by name answers it`() throws {
        let selection = try ModelSelection(of: [heart, all, aorta], for: "")
        #expect(selection.parts == [.init(candidate: 2, outputs: [0, 1]), .init(candidate: 1, outputs: [0, 1])])
    }

    @Test(arguments: ["chest-xray", "chest-xray/1"])
    func `a named bundle answers alone and for all its findings`(name: String) throws {
        let selection = try ModelSelection(of: [heart, all, aorta], for: name)
        #expect(selection.parts == [.init(candidate: 1, outputs: [0, 1, 2])])
    }

    @Test(arguments: ["lung", "heart/1", "HEART", "heart/", "../heart", "chest"])
    func `an unknown name is refused with the names there are`(name: String) {
        #expect(throws: ClassificationError.unknownModel(known: ["aorta", "chest-xray", "heart"])) {
            try ModelSelection(of: [heart, all, aorta], for: name)
        }
    }

    @Test func `without a ready bundle there is no answer`() {
        #expect(throws: ClassificationError.noModelReady) { try ModelSelection(of: [], for: "") }
    }
}

import Foundation
import Gateway
import Imaging
import Testing

@Suite struct RoutingRulesTests {
    private func rules(_ rules: String, studies: String = "[]") throws -> RoutingRules {
        try RoutingRules(json: Data(#"{"rules": [\#(rules)], "studies": \#(studies)}"#.utf8))
    }

    private func header(_ modality: String = "DX", _ attributes: [Imaging.Tag: [String]] = [:]) -> InstanceHeader {
        var header = InstanceHeader(
            sopInstanceUID: "1", studyInstanceUID: "2", seriesInstanceUID: "3", modality: modality)
        header.attributes = attributes
        return header
    }

    @Test(
        arguments: [
            (#"{"attribute": "Manufacturer", "equals": "acme"}"#, ["ACME"], true),
            (#"{"attribute": "Manufacturer", "equals": "acme"}"#, ["ACME 2"], false),
            (#"{"attribute": "(0008,0070)", "in": ["a", "B"]}"#, ["x", "b"], true),
            (#"{"attribute": "00080070", "in": ["a", "b"]}"#, [], false),
            (#"{"attribute": "Manufacturer", "in": ["a"], "or-absent": true}"#, [""], true),
            (#"{"attribute": "Manufacturer", "regex": "^ac.e$"}"#, ["AcMe"], true),
            (#"{"attribute": "Manufacturer", "regex": "^ac.e$"}"#, ["acmee"], false),
            (#"{"attribute": "Manufacturer", "exists": true}"#, ["x"], true),
            (#"{"attribute": "Manufacturer", "exists": false}"#, ["x"], false),
            (#"{"attribute": "Manufacturer", "exists": false}"#, [], true),
            (#"{"attribute": "Manufacturer", "range": {"min": 1, "max": 3}}"#, ["3"], true),
            (#"{"attribute": "Manufacturer", "range": {"min": 1.5}}"#, ["1.4"], false),
            (#"{"attribute": "Manufacturer", "range": {"max": 3}}"#, ["three"], false),
        ])
    func `a condition holds or does not`(condition: String, values: [String], holds: Bool) throws {
        let rules = try rules(#"{"name": "r", "match": [\#(condition)], "send": "classifier"}"#)
        #expect(rules.attributes == [.manufacturer])
        let decision = rules.decide(header("DX", [.manufacturer: values]))
        #expect(decision.rule == (holds ? "r" : ""))
    }

    @Test func `the first rule that matches decides, and every rule is explained`() throws {
        let rules = try rules(
            """
            {"name": "a", "match": [{"attribute": "Modality", "equals": "CT"}], "refuse": "no CT"},
            {"name": "b", "match": [], "send": "classifier", "model": "m", "priority": "urgent", "shadow": ["n", "o"]},
            {"name": "c", "match": [], "hold": "wait for {Modality}"}
            """)
        let decision = rules.decide(header())
        #expect(decision.action == .send(.classifier, model: "m", shadows: ["n", "o"]))
        #expect(decision.priority == .urgent)
        let verdicts = rules.explain(header())
        #expect(verdicts.map(\.isMatched) == [false, true, true])
        #expect(verdicts.map(\.hasDecided) == [false, true, false])
        #expect(verdicts[0].conditions.map(\.text) == ["Modality is CT"])
    }

    @Test(
        arguments: [
            (#"{"match": [], "send": "classifier"}"#, "#1", "name"),
            (#"{"name": "x", "send": "classifier"}"#, "x", "match"),
            (#"{"name": "x", "match": [], "send": "radiology"}"#, "x", "radiology"),
            (#"{"name": "x", "match": []}"#, "x", "one of"),
            (#"{"name": "x", "match": [], "send": "planning", "refuse": "no"}"#, "x", "one of"),
            (#"{"name": "x", "match": [], "send": "planning", "shadow": ["m"]}"#, "x", "shadow"),
            (#"{"name": "x", "match": [], "refuse": "no", "model": "m"}"#, "x", "model"),
            (#"{"name": "x", "match": [], "send": "planning", "priority": "high"}"#, "x", "high"),
            (#"{"name": "x", "match": [], "send": "planning", "sned": 1}"#, "x", "sned"),
            (
                #"{"name": "x", "match": [{"attribute": "Modalty", "equals": "MR"}], "send": "planning"}"#, "x",
                "Modalty"
            ),
            (#"{"name": "x", "match": [{"attribute": "Modality"}], "send": "planning"}"#, "x", "exactly one"),
            (#"{"name": "x", "match": [{"attribute": "Modality", "in": []}], "send": "planning"}"#, "x", "in"),
            (#"{"name": "x", "match": [{"attribute": "Modality", "regex": "("}], "send": "planning"}"#, "x", "regular"),
            (
                #"{"name": "x", "match": [{"attribute": "Rows", "range": {"min": 2, "max": 1}}], "send": "planning"}"#,
                "x", "range"
            ),
            (
                #"{"name": "x", "match": [], "send": "planning"}, {"name": "x", "match": [], "refuse": "no"}"#, "x",
                "two"
            ),
        ])
    func `a rule that is wrong is named`(text: String, name: String, part: String) {
        #expect {
            try rules(text)
        } throws: { error in
            guard case RoutingFileError.rule(name, let problem) = error else { return false }
            return problem.contains(part)
        }
    }

    @Test(arguments: ["", "[]", "{}", #"{"rules": []}"#, #"{"rules": 1}"#, #"{"rules": [{}], "more": 1}"#])
    func `a file of another shape is refused`(text: String) {
        #expect(throws: RoutingFileError.self) { try RoutingRules(json: Data(text.utf8)) }
    }

    @Test func `a file that is not there is named`() {
        #expect(throws: RoutingFileError.unreadable(path: "/nowhere")) { try RoutingRules.load(path: "/nowhere") }
    }

    @Test func `the series that a study is expected to have are told by rule`() throws {
        let rules = try rules(
            #"{"name": "r", "match": [], "send": "planning"}"#,
            studies: """
                [{"name": "heart", "match": [{"attribute": "Modality", "equals": "MR"}], "settle-seconds": 0.5, "expect": [
                    {"name": "scout", "match": [{"attribute": "SeriesDescription", "regex": "scout|loc"}]},
                    {"name": "cine", "match": [{"attribute": "SeriesDescription", "regex": "cine"}]}]}]
                """)
        let expectation = rules.expectation(header("MR", [.seriesDescription: ["LOCALIZER"]]))
        #expect(
            expectation
                == SeriesExpectation(
                    rule: "heart", expected: ["scout", "cine"], satisfied: ["scout"], settle: .milliseconds(500)))
        #expect(rules.expectation(header("DX")) == nil)
    }
}

import Foundation
import HilumCLI
import Testing

struct EvaluateCommandTests {
    private static let use = "trained on synthetic phantoms; not for clinical use"

    private static func chest(_ id: String, severity: Double) -> String {
        #"{"id": "\#(id)", "split": "test", "task": "classify", "files": ["\#(id).dcm"], "expected": "answer", "#
            + #""severities": {"scoliosis": \#(severity)}, "subgroups": {"sex": "\#(severity > 0 ? "F" : "M")"}}"#
    }

    private static func answer(_ id: String, probability: Double) -> String {
        #"{"id": "\#(id)", "outcome": "answered", "models": [{"name": "chest", "version": "7", "#
            + #""weights_sha256": "ab", "intended_use": "\#(use)"}], "findings": {"scoliosis": "#
            + #"{"probability": \#(probability), "threshold": 0.5, "flagged": \#(probability >= 0.5)}}}"#
    }

    private static func write(_ lines: [String], _ url: URL) throws {
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: url)
    }

    @Test func filesOfOneNameInSeveralFoldersAreCasesOfTheirOwn() async throws {
        try await withTemporaryFolder { folder in
            for name in ["a", "b"] {
                let place = folder.appending(path: name)
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                try Data("no image".utf8).write(to: place.appending(path: "1.png"))
            }
            let cases = try CaseFiles.unlabelled(["a", "b"].map { folder.appending(path: $0).path })
            #expect(cases.map(\.id) == ["1.png", "1.png, 2"])
        }
    }

    @Test func keptAnswersAreJudgedAndTheReportSaysWhatTheModelMayBeUsedFor() async throws {
        try await withTemporaryFolder { folder in
            let manifest = [
                Self.chest("a", severity: 0.5), Self.chest("b", severity: 0), Self.chest("c", severity: 0),
                #"{"id": "knee", "split": "test", "task": "plan", "files": ["knee"], "expected": "refuse", "#
                    + #""subgroups": {"kind": "knee"}}"#,
                #"{"id": "train", "split": "train", "task": "classify", "files": ["x"], "severities": {}}"#,
            ]
            try Self.write(manifest, folder.appending(path: "manifest.jsonl"))
            let answers = [
                Self.answer("a", probability: 0.9), Self.answer("b", probability: 0.2),
                Self.answer("c", probability: 0.6),
                #"{"id": "knee", "outcome": "refused", "reason": "no heart", "models": []}"#,
            ]
            try Self.write(answers, folder.appending(path: "answers.jsonl"))
            try Self.write(
                [
                    #"{"id": "a", "probabilities": {"scoliosis": 0.1}}"#,
                    #"{"id": "b", "probabilities": {"scoliosis": 0.2}}"#,
                    #"{"id": "c", "probabilities": {"scoliosis": 0.05}}"#,
                ], folder.appending(path: "other.jsonl"))

            let console = RecordingConsole()
            let code = await console.run(
                "evaluate", "--manifest", folder.path + "/manifest.jsonl", "--answers", folder.path + "/answers.jsonl",
                "--compare", folder.path + "/other.jsonl", "--out", folder.path + "/report", "--resamples", "100")
            #expect(code == .ok, "\(console.errors)")
            #expect(console.output.contains(Self.use))

            let json = try Data(contentsOf: folder.appending(path: "report/report.json"))
            let report = try JSONDecoder().decode(EvaluationReport.self, from: json)
            #expect(report.cases == 4)
            let finding = try #require(report.findings?.findings.first)
            #expect(finding.auc == 1 && finding.confusion.false_positives == 1 && finding.specificity == 0.5)
            #expect(report.findings?.subgroups.map(\.cases) == [1, 2])
            let refusal = try #require(report.refusals.first { $0.kind == "knee" })
            #expect(refusal.refused == 1 && refusal.share == 1)
            #expect(report.comparison?.largest_auc_difference == 0.5)

            let text = try String(contentsOf: folder.appending(path: "report/report.md"), encoding: .utf8)
            #expect(text.hasPrefix("# Evaluation\n\n**\(Self.use)**"))
            for plot in ["auc.svg", "roc.svg", "reliability.svg", "confusion.svg"] {
                #expect(text.contains("(\(plot))"))
                let svg = try Data(contentsOf: folder.appending(path: "report/\(plot)"))
                #expect(String(decoding: svg, as: UTF8.self).contains(Self.use))
            }
        }
    }

    @Test func aCaseWithoutAnAnswerIsAFailureThatEndsTheCommandWithAnError() async throws {
        try await withTemporaryFolder { folder in
            try Self.write([Self.chest("a", severity: 1)], folder.appending(path: "manifest.jsonl"))
            try Self.write([], folder.appending(path: "answers.jsonl"))
            let console = RecordingConsole()
            let code = await console.run(
                "evaluate", "--manifest", folder.path + "/manifest.jsonl", "--answers", folder.path + "/answers.jsonl",
                "--out", folder.path + "/report")
            #expect(code == .refused)
            #expect(console.errors.contains("cases with neither an answer nor a reason: 1"))
        }
    }

    @Test func aLineOfAnotherFormIsNamed() async throws {
        try await withTemporaryFolder { folder in
            try Self.write([Self.chest("a", severity: 1), "{}"], folder.appending(path: "manifest.jsonl"))
            let console = RecordingConsole()
            let code = await console.run(
                "evaluate", "--manifest", folder.path + "/manifest.jsonl", "--out", folder.path + "/report")
            #expect(code == .file)
            #expect(console.errors.contains("manifest.jsonl: line 2"))
        }
    }
}

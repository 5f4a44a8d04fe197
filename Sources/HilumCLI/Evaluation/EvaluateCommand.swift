import Foundation

/// `hilum evaluate --manifest FILE --out FOLDER`
package struct EvaluateCommand: Command {
    package static let name = "evaluate"
    package static let operands = ""
    package static let summary = "Posts held-out studies to the running services and reports how good the answers are."
    package static let options =
        [
            Option("manifest", "FILE", help: "Cases in JSON Lines, files beside it; may be given several times."),
            Option("split", "NAME", help: "Only cases of this split; default test, all: every case."),
            Option("real", "PATH", help: "File or folder to answer without judging; may be given several times."),
            Option("out", "FOLDER", help: "Where report.md, report.json, plots and answers.jsonl go; required."),
            Option("gateway", "ADDRESS", help: "Of both services; default http://127.0.0.1:8080."),
            Option("classifier", "ADDRESS", help: "Of the classifier, in place of the gateway."),
            Option("planner", "ADDRESS", help: "Of the planning service, in place of the gateway."),
            Option("parallel", "N", help: "Cases that are with the services at once; default 4."),
            Option("compare", "FILE", help: "Answers of another implementation of the same weights, in JSON Lines."),
            Option("answers", "FILE", help: "An answers.jsonl to judge again, in place of asking the services."),
            Option("resamples", "N", help: "Bootstrap resamples of an interval; default 2000."),
            Option("seed", "N", help: "Of the bootstrap; default 1."),
        ] + Server.connectionOptions

    private let manifests: [String]
    private let real: [String]
    private let split: String?
    private let out: String
    private let classifier: Server
    private let planner: Server
    private let parallel: Int
    private let compared: String?
    private let kept: String?
    private let bootstrap: Bootstrap

    package init(_ arguments: Arguments) throws(UsageError) {
        try arguments.noOperands()
        (manifests, real) = (arguments.all("manifest"), arguments.all("real"))
        guard !manifests.isEmpty || !real.isEmpty else { throw UsageError("--manifest or --real is missing") }
        guard let out = arguments.value("out") else { throw UsageError("--out is missing") }
        self.out = out
        let split = arguments.value("split") ?? "test"
        self.split = split == "all" ? nil : split
        let gateway = arguments.value("gateway")
        classifier = try Server(arguments, address: arguments.value("classifier") ?? gateway)
        planner = try Server(arguments, address: arguments.value("planner") ?? gateway)
        parallel = try arguments.integer("parallel", in: 1...256) ?? 4
        (compared, kept) = (arguments.value("compare"), arguments.value("answers"))
        bootstrap = Bootstrap(
            resamples: try arguments.integer("resamples", in: 100...1_000_000) ?? 2000,
            seed: UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1))
    }

    package func run(_ console: Console) async throws(Failure) {
        let cases = try cases()
        let others = try compared.map { path throws(Failure) in try JSONLines.read(path, ForeignAnswer.self) }
        let answers = try await answers(to: cases, console)
        let pairs = JudgedCase.pairs(cases, answers)
        let report = EvaluationReport(pairs, split: split, bootstrap: bootstrap, comparedWith: others ?? [])
        try ReportFolder(path: out).write(report, pairs, answers)
        console.print(Summary.text(report))
        console.print("\n" + MarkdownReport.notice(report.models))
        console.print("report: " + URL(filePath: out).appending(path: "report.md").relativePath)
        let failed = pairs.count { $0.answer.outcome == .failed }
        if failed > 0 { throw Failure(.refused, "cases with neither an answer nor a reason: \(failed)") }
    }

    private func cases() throws(Failure) -> [EvaluationCase] {
        var cases: [EvaluationCase] = []
        for manifest in manifests { cases += try CaseFiles.manifest(manifest, split: split) }
        cases += try CaseFiles.unlabelled(real)
        guard !cases.isEmpty else { throw Failure(.file, "no case of this split is in the manifest") }
        var seen: Set<String> = []
        for item in cases where !seen.insert(item.id).inserted {
            throw Failure(.file, "\(item.id): several cases have this id")
        }
        return cases
    }

    private func answers(to cases: [EvaluationCase], _ console: Console) async throws(Failure) -> [CaseAnswer] {
        if let kept { return try JSONLines.read(kept, CaseAnswer.self) }
        let poster = CasePoster(classifier: classifier, planner: planner, parallel: parallel, console: console)
        return try await poster.answers(to: cases)
    }
}

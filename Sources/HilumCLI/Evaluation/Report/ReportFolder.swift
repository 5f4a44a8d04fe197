import Foundation

/// Where an evaluation is kept.
struct ReportFolder {
    private let folder: URL

    init(path: String) { folder = URL(filePath: path) }

    /// Writes answers.jsonl, report.json, report.md and the plots.
    func write(_ report: EvaluationReport, _ pairs: [JudgedCase], _ answers: [CaseAnswer]) throws(Failure) {
        let notice = MarkdownReport.notice(report.models)
        var plots: [(name: String, title: String, svg: Data)] = []
        if let findings = report.findings { plots += FindingPlots(report: findings, notice: notice).all }
        if report.views != nil {
            let volumes = pairs.filter { $0.item.planes != nil && $0.item.wantsAnswer }
            plots += ViewPlots(cases: volumes, notice: notice).all
        }
        for plot in plots { try write(plot.svg, plot.name) }
        let text = MarkdownReport(report, plots: plots.map { ($0.name, $0.title) }).text
        try write(Data(text.utf8), "report.md")
        try write(try Self.json(report), "report.json")
        try write(try JSONLines.encode(answers), "answers.jsonl")
    }

    private func write(_ data: Data, _ name: String) throws(Failure) {
        try InputFiles.write(data, to: folder.appending(path: name))
    }

    private static func json(_ report: EvaluationReport) throws(Failure) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        do { return try encoder.encode(report) } catch { throw Failure(.file, "a report has no JSON form: \(error)") }
    }
}

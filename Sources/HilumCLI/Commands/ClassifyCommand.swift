import Foundation
package import Wire

/// `hilum classify FILE…`
package struct ClassifyCommand: Command {
    package static let name = "classify"
    package static let operands = "FILE…"
    package static let summary = "Finds what a human should look at in chest X-rays (DICOM, PNG, JPEG)."
    package static let options =
        Server.options + [
            Option("model", "NAME", help: "Bundle to use, NAME or NAME/VERSION; default all that are ready, merged."),
            Option("heatmaps", "FOLDER", help: "Writes one heat map a finding as PNG."),
        ]

    private let server: Server
    private let paths: [String]
    private let model: String
    private let heatmaps: String?

    package init(_ arguments: Arguments) throws(UsageError) {
        server = try Server(arguments)
        paths = try arguments.atLeastOneOperand("FILE")
        model = arguments.value("model") ?? ""
        heatmaps = arguments.value("heatmaps")
    }

    /// Goes on after a file that fails; ends with the first failure's code.
    package func run(_ console: Console) async throws(Failure) {
        var first: Failure?
        for path in try InputFiles.find(paths) {
            do throws(Failure) {
                try await classify(path, console)
            } catch {
                console.complain(error.message)
                if error.exitCode == .unreachable { throw Failure(.unreachable) }
                first = first ?? error
            }
        }
        if let first { throw Failure(first.exitCode) }
    }

    private func classify(_ path: String, _ console: Console) async throws(Failure) {
        let request = ClassifyRequest(
            image: try InputFiles.read(path), model: model, includeHeatmaps: heatmaps != nil)
        let response = try await server.call(ClassifierServiceMethods.classify, request, subject: path, console)
        if let heatmaps { try write(response, of: path, to: heatmaps) }
        if server.printsJSON {
            try server.printJSON(response, console)
        } else {
            console.print("\(path): \(ClassificationText.verdict(response))")
            console.print(ClassificationText.findings(response))
            console.print(Notice.text(Notice.models(of: response)) + "\n")
        }
    }

    private func write(_ response: ClassifyResponse, of path: String, to folder: String) throws(Failure) {
        let name = URL(filePath: path).deletingPathExtension().lastPathComponent
        for finding in response.findings where !finding.heatmapPNG.isEmpty {
            let file = URL(filePath: folder).appending(path: "\(name)_\(finding.code).png")
            try InputFiles.write(finding.heatmapPNG, to: file)
        }
    }
}

/// The answer of the classifier as text.
package enum ClassificationText {
    /// `2 findings flagged`, `nothing flagged`, or why the image is ungradable.
    package static func verdict(_ response: ClassifyResponse) -> String {
        if response.quality?.grade == .ungradable {
            let reasons = response.quality?.reasons.joined(separator: "; ") ?? ""
            return "UNGRADABLE, a human has to look" + (reasons.isEmpty ? "" : ": \(reasons)")
        }
        let count = response.findings.count(where: \.flagged)
        return switch count {
        case 0: "nothing flagged"
        case 1: "1 finding flagged"
        default: "\(count) findings flagged"
        }
    }

    /// One row a finding.
    package static func findings(_ response: ClassifyResponse) -> String {
        guard !response.findings.isEmpty else { return "  no findings stated" }
        var table = Table("  FINDING", "PROBABILITY", "THRESHOLD", "FLAG", "PRIORITY")
        for finding in response.findings {
            table.add(
                "  " + (finding.display.isEmpty ? finding.code : finding.display), Text.fixed(finding.probability, 3),
                Text.fixed(finding.threshold, 3), finding.flagged ? "flagged" : "-", Text.name(finding.priority))
        }
        return table.text
    }
}

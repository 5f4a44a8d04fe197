import Foundation
import Wire

/// Submits the samples and other files to a running system and prints what it says of them.
struct Demo: Sendable {
    private let submission: Submission
    private let samples: URL
    private var server: Server { submission.server }
    private var console: Console { submission.console }

    init(_ submission: Submission, samples: URL) {
        self.submission = submission
        self.samples = samples
    }

    /// - Returns: the number of answers that are missing or do not agree with the truth.
    func show(_ truth: Truth, _ others: [String]) async throws(Failure) -> Int {
        var report = DemoReport()
        for chest in truth.chest {
            report.add(chest, try await answer(samples.appending(path: chest.file).relativePath))
        }
        for cardiac in truth.cardiac {
            report.add(cardiac, try await answer(samples.appending(path: cardiac.folder).relativePath))
        }
        console.print("\n" + report.text)
        let unanswered = await show(others)
        let worklist = try await server.call(
            TriageServiceMethods.listWorklist, ListWorklistRequest(), subject: "worklist", console)
        console.print("\nThe worklist:\n" + WorklistText.table(worklist))
        return report.disagreements + unanswered
    }

    /// The study of one sample, answered.
    private func answer(_ path: String) async throws(Failure) -> Study {
        let results = try await submission.send(try InputFiles.find([path])).map(\.result)
        guard let study = Submission.studies(results).first, results.allSatisfy(\.accepted) else {
            throw Failure(.disagreement, "\(path): was not accepted")
        }
        try await submission.complete([study])
        return try await submission.settled(study)
    }

    /// Submits DICOM files as studies; what is no DICOM file is classified. A refusal with its reason is an answer.
    ///
    /// - Returns: the number of files and studies without an answer.
    private func show(_ files: [String]) async -> Int {
        var unanswered = 0
        var studies: [String] = []
        for file in files {
            unanswered += await attempt { () throws(Failure) in
                let results = try await submission.send([file]).map(\.result)
                let accepted = Submission.studies(results)
                studies += accepted.filter { !studies.contains($0) }
                if accepted.isEmpty { try await classify(file) }
            }
        }
        for study in studies {
            unanswered += await attempt { () throws(Failure) in
                try await submission.complete([study])
                try StudyText.print(try await submission.settled(study), server, console)
            }
        }
        return unanswered
    }

    /// - Returns: 1 when `body` fails for another reason than a refusal.
    private func attempt(_ body: () async throws(Failure) -> Void) async -> Int {
        do throws(Failure) {
            try await body()
            return 0
        } catch {
            console.complain(error.message)
            return error.exitCode == .refused ? 0 : 1
        }
    }

    private func classify(_ file: String) async throws(Failure) {
        let request = ClassifyRequest(image: try InputFiles.read(file))
        let response = try await server.call(ClassifierServiceMethods.classify, request, subject: file, console)
        console.print("\n\(file): \(ClassificationText.verdict(response))")
        console.print(ClassificationText.findings(response))
        console.print(Notice.text(Notice.models(of: response)))
    }
}

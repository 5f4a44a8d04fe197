import Foundation
package import Wire

/// `hilum submit FILE…|FOLDER…`
package struct SubmitCommand: Command {
    package static let name = "submit"
    package static let operands = "FOLDER|FILE…"
    package static let summary = "Hands DICOM files to the gateway, which keeps them until they are answered."
    package static let options =
        Server.options + [
            Option("complete", help: "Says that the studies have all their instances now."),
            Option("wait", help: "Waits until the studies are answered, and prints them; implies --complete."),
        ]

    private let server: Server
    private let paths: [String]
    private let completes: Bool
    private let waits: Bool

    package init(_ arguments: Arguments) throws(UsageError) {
        server = try Server(arguments)
        paths = try arguments.atLeastOneOperand("FOLDER or FILE")
        waits = arguments.has("wait")
        completes = waits || arguments.has("complete")
    }

    package func run(_ console: Console) async throws(Failure) {
        let submission = Submission(server: server, console: console)
        let results = try await submission.send(try InputFiles.find(paths))
        let studies = Submission.studies(results.map(\.result))
        if completes { try await submission.complete(studies) }
        try print(results, console)
        for study in waits ? studies : [] {
            try StudyText.print(try await submission.settled(study), server, console)
        }
        if results.contains(where: { !$0.result.accepted }) { throw Failure(.refused) }
    }

    private func print(_ results: [(file: String, result: SubmitResult)], _ console: Console) throws(Failure) {
        if server.printsJSON {
            if !waits { try server.printJSON(SubmitResponse(results: results.map(\.result)), console) }
            return
        }
        console.print(SubmitText.table(results.map(\.result)))
        for (file, result) in results where !result.accepted {
            console.complain("\(file): " + (result.error.map { Failure.text("", $0) } ?? "not accepted"))
        }
        for (file, result) in results {
            if let warning = result.warning { console.complain("\(file): " + Failure.text("", warning)) }
        }
    }
}

/// What became of submitted files as text.
package enum SubmitText {
    /// One row a study.
    package static func table(_ results: [SubmitResult]) -> String {
        var table = Table("STUDY INSTANCE UID", "FILES", "ACCEPTED", "OF THESE BEFORE")
        for study in Submission.studies(results) {
            let own = results.filter { $0.studyInstanceUID == study }
            table.add(
                study, String(own.count), String(own.count(where: \.accepted)), String(own.count(where: \.duplicate)))
        }
        return table.rows.isEmpty ? "No file was accepted." : table.text
    }
}

/// Sends files to the gateway and follows their studies.
struct Submission: Sendable {
    let server: Server
    let console: Console

    /// Most files, and most bytes but for one larger file, of one request.
    private static let filesLimit = 500
    private static let bytesLimit = 64 << 20

    /// Sends the files in requests of bounded size; results are in the order of the files.
    func send(_ files: [String]) async throws(Failure) -> [(file: String, result: SubmitResult)] {
        var results: [(file: String, result: SubmitResult)] = []
        var batch: [(file: String, bytes: Data)] = []
        var size = 0
        for file in files {
            let bytes = try InputFiles.read(file)
            if batch.count == Self.filesLimit || (!batch.isEmpty && size + bytes.count > Self.bytesLimit) {
                results += try await send(batch)
                (batch, size) = ([], 0)
            }
            batch.append((file, bytes))
            size += bytes.count
        }
        return batch.isEmpty ? results : results + (try await send(batch))
    }

    private func send(
        _ batch: [(file: String, bytes: Data)]
    ) async throws(Failure) -> [(file: String, result: SubmitResult)] {
        let subject = batch.count == 1 ? batch[0].file : "\(batch.count) files from \(batch[0].file) on"
        let request = SubmitRequest(instances: batch.map(\.bytes))
        let response = try await server.call(TriageServiceMethods.submit, request, subject: subject, console)
        guard response.results.count == batch.count else {
            throw Failure(.refused, "\(subject): \(response.results.count) results for \(batch.count) files")
        }
        return zip(batch, response.results).map { ($0.file, $1) }
    }

    /// The studies of accepted instances, each once, in order.
    static func studies(_ results: [SubmitResult]) -> [String] {
        results.filter(\.accepted).map(\.studyInstanceUID).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    func complete(_ studies: [String]) async throws(Failure) {
        for study in studies {
            let request = CompleteStudyRequest(studyInstanceUID: study)
            _ = try await server.call(TriageServiceMethods.completeStudy, request, subject: "study", console)
        }
    }

    /// The study once no instance waits any more.
    ///
    /// - Throws: exit code 3 when that takes longer than `limit`.
    func settled(_ study: String, within limit: Duration = .seconds(300)) async throws(Failure) -> Study {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        while true {
            let request = GetStudyRequest(studyInstanceUID: study)
            let response = try await server.call(TriageServiceMethods.getStudy, request, subject: "study", console)
            guard let found = response.study else { throw Failure(.refused, "the server has no such study") }
            if found.state == .complete || found.state == .failed { return found }
            guard clock.now < deadline else {
                throw Failure(.unreachable, "the study is still pending: \(found.reason)")
            }
            try? await clock.sleep(for: .milliseconds(200))
        }
    }
}

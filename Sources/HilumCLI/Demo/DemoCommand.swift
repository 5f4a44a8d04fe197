import Foundation
import Wire

/// `hilum demo`: the whole system on this machine, doing its main job on the samples.
package struct DemoCommand: Command {
    package static let name = "demo"
    package static let operands = "[FILE…]"
    package static let summary = "Starts everything, submits the samples and any files given, compares with the truth."
    package static let options =
        UpCommand.launcherOptions + [
            Option("samples", "FOLDER", help: "The samples with their truth.json; default ./samples."),
            Option("data", "FOLDER", help: "Where the demo keeps its studies and logs; default ./.demo."),
            Option("once", help: "Ends after the comparison instead of staying up."),
        ]

    private let options: LauncherOptions
    private let samples: URL
    private let files: [String]
    private let once: Bool

    package init(_ arguments: Arguments) throws(UsageError) {
        let data = URL(filePath: arguments.value("data") ?? ".demo")
        var options = try LauncherOptions(arguments, data: data.appending(path: "gateway").relativePath)
        options.ports = options.ports.mapValues { _ in 0 }
        options.dicomPort = 0
        options.logs = options.logs ?? data.appending(path: "logs").relativePath
        self.options = options
        samples = URL(filePath: arguments.value("samples") ?? "samples")
        files = arguments.operands
        once = arguments.has("once")
    }

    package func run(_ console: Console) async throws(Failure) {
        let truth = try Truth(json: InputFiles.read(samples.appending(path: "truth.json").relativePath))
        let extra = files.isEmpty ? [] : try InputFiles.find(files)
        try? FileManager.default.removeItem(atPath: options.data)  // or the answers of another day would be shown
        let launcher = Launcher(options) { console.note("hilum: \($0)") }
        console.note("Starting gateway, classifier-service and planning-service; logs: \(options.logs ?? "")")
        try await launcher.run { address throws(Failure) in
            let demo = Demo(Submission(server: Server(address: address), console: console), samples: samples)
            let disagreements = try await demo.show(truth, extra)
            if !once {
                console.print(
                    "\nHilum is up: open \(address)/ui/ for the worklist, or hilum worklist --server \(address)."
                        + " Ctrl-C ends it.")
                if let port = try? String(contentsOf: options.dicomPortFile, encoding: .utf8) {
                    console.print("DICOM: storescu -aec HILUM 127.0.0.1 \(port.filter(\.isNumber)) FILE…")
                }
                await launcher.stopped()
            } else if disagreements > 0 {
                throw Failure(
                    .disagreement, "answers that are missing or do not agree with the truth: \(disagreements)")
            }
        }
    }
}

import Foundation
import HilumCLI
import Testing

@Suite(.serialized) struct ModelCommandTests {
    static let models = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "models")

    @Test(arguments: [
        ("chest-xray/3", ["_conv_stem", "_conv_head", "expand, filter 5×5", "squeeze, excite"]),
        ("cardiac-views/3", ["in_tr", "up_tr32", "out_tr", "convolve 5×5×5"]),
    ])
    func `explain prints every layer with its kernel, time and rate`(bundle: String, parts: [String]) async {
        let recording = RecordingConsole()
        let path = Self.models.appending(path: bundle).path
        #expect(await recording.run("model", "explain", path, "--runs", "1", "--threads", "2") == .ok)
        #expect(recording.errors.isEmpty)
        for part in parts + [bundle, "threads 2", "of a measured peak of", "MiB of activations", "% OF PEAK"] {
            #expect(recording.output.contains(part))
        }
        // No upper limit: on a busy machine the peak was perhaps measured in a bad moment.
        let shares = recording.output.split(separator: "\n").compactMap { line in
            line.split(separator: " ").last.flatMap { Double($0) }
        }
        #expect(shares.count > 10 && shares.allSatisfy { $0 >= 0 } && shares.contains { $0 > 1 })
    }

    @Test func `a folder without a bundle ends with code 4 and names itself`() async {
        let recording = RecordingConsole()
        #expect(await recording.run("model", "explain", "/nonexistent") == .file)
        #expect(recording.errors.contains("/nonexistent"))
    }
}

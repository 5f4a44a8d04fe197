import Foundation

/// Turns a PyTorch file into safetensors with a golden output, by PyTorch itself in a process of its own: such a file is
/// a pickle, which nothing else should read.
struct CheckpointConverter: Sendable {
    let python: String
    /// The folder that holds `hilum_training`.
    let training: String

    /// What PyTorch wrote.
    struct Converted {
        let weights: String
        let manifest: String
    }

    static func isNeeded(_ path: String) -> Bool {
        ["pt", "pth", "ckpt", "bin"].contains(URL(filePath: path).pathExtension.lowercased())
    }

    /// - Throws: exit code 5 naming the command, where there is no such Python, PyTorch or MONAI, or it refuses the file.
    func convert(_ checkpoint: String, manifest: String, into folder: URL) async throws(Failure) -> Converted {
        let script = URL(filePath: training).appending(path: "hilum_training/convert.py").path
        guard FileManager.default.isReadableFile(atPath: script) else {
            throw Failure(.file, "\(training): no hilum_training/convert.py in this folder; --training names it")
        }
        let arguments = [script, checkpoint, manifest, folder.path]
        let process = try ChildProcess(
            program: URL(filePath: "/usr/bin/env"), arguments: [python] + arguments, log: nil)
        try await process.start()
        let ending = await process.ended()
        guard ending == "status 0" else {
            throw Failure(
                .notReady,
                "a PyTorch file is converted by Python with PyTorch and MONAI, which failed (\(ending)); --python names "
                    + "another one, or run: \(python) training/hilum_training/convert.py \(checkpoint) \(manifest) FOLDER"
            )
        }
        return Converted(
            weights: folder.appending(path: "checkpoint.safetensors").path,
            manifest: folder.appending(path: "draft.json").path)
    }
}

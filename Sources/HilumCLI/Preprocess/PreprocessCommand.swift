import Foundation
import Imaging
import NeuralNetwork
import Preprocessing
import RPC
import ServiceKit
import Synchronization

/// `hilum preprocess (--model BUNDLE | --input FILE) --out FOLDER PATH…`
package struct PreprocessCommand: Command {
    package static let name = "preprocess"
    package static let operands = "PATH…|@LIST"
    package static let summary = "Turns images or volumes into the tensors that a network sees, as NumPy files."
    package static let options = [
        Option("model", "BUNDLE", help: "Folder of the bundle whose network is to see them, or"),
        Option("input", "FILE", help: "JSON with the object that stands as `input` in a bundle's model.json."),
        Option("out", "FOLDER", help: "Where NAME.npy and index.jsonl are written; required."),
    ]

    private let paths: [String]
    private let source: Source
    private let out: String

    private enum Source {
        case bundle(String)
        case input(String)
    }

    package init(_ arguments: Arguments) throws(UsageError) {
        paths = try arguments.atLeastOneOperand("PATH")
        guard let out = arguments.value("out") else { throw UsageError("--out is missing") }
        self.out = out
        switch (arguments.value("model"), arguments.value("input")) {
        case (let folder?, nil): source = .bundle(folder)
        case (nil, let file?): source = .input(file)
        default: throw UsageError("either --model or --input is needed")
        }
    }

    /// Goes on after a file that gives no tensor; the index says why.
    package func run(_ console: Console) async throws(Failure) {
        let input = try input()
        let paths = try listed()
        let names: [String]
        do throws(UsageError) { names = try TensorName.ofAll(paths) } catch { throw Failure(.usage, error.message) }

        let done = Atomic(0)
        let entries = concurrentMap(paths.count) { index in
            let entry = write(paths[index], as: names[index], seenAs: input)
            console.progress("\(done.add(1, ordering: .relaxed).newValue) of \(paths.count)")
            return entry
        }
        console.progress("")
        try InputFiles.write(JSONLines.encode(entries), to: URL(filePath: out).appending(path: "index.jsonl"))
        let failed = entries.filter { $0.error != nil }
        for entry in failed { console.complain("\(entry.source): \(entry.error ?? "")") }
        console.print("\(entries.count - failed.count) of \(entries.count) tensors written")
        if !failed.isEmpty { throw Failure(.refused) }
    }

    private func input() throws(Failure) -> NetworkInput {
        do {
            switch source {
            case .bundle(let folder):
                return try NetworkInput(ModelManifest(json: InputFiles.read(folder + "/model.json")).input)
            case .input(let file): return try NetworkInput(ModelManifest.Input(json: InputFiles.read(file)))
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.file, Self.text(error))
        }
    }

    /// The operands, `@FILE` replaced by the file's lines.
    private func listed() throws(Failure) -> [String] {
        var all: [String] = []
        for path in paths {
            guard path.hasPrefix("@") else {
                all.append(path)
                continue
            }
            let lines = String(decoding: try InputFiles.read(String(path.dropFirst())), as: UTF8.self)
            all += lines.split(whereSeparator: \.isNewline).map(String.init)
        }
        return all
    }

    private func write(_ path: String, as name: String, seenAs input: NetworkInput) -> TensorEntry {
        var entry = TensorEntry(source: path)
        do {
            let tensor = try input.tensor(of: path)
            let file = URL(filePath: out).appending(path: name + ".npy")
            try InputFiles.write(NumPyFile.encode(tensor.values, shape: tensor.shape), to: file)
            entry.tensor = file.lastPathComponent
            entry.statistics = tensor.statistics.values
            if let grid = tensor.grid { entry.place(grid) }
        } catch {
            entry.error = Self.text(error)
        }
        return entry
    }

    private static func text(_ error: any Error) -> String {
        switch error {
        case let failure as Failure: failure.message
        case let known as any RPCStatusConvertible: Failure.text(known.rpcStatus)
        default: String(describing: error)
        }
    }
}

import Foundation
import NeuralNetwork

/// A models folder that a test may fill and break; removed with its last reference.
final class TemporaryBundles {
    let root: URL

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "hilum-models-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    /// Writes a working V-Net bundle of width 1, then lets `change` edit its manifest (as JSON) and its weights.
    @discardableResult
    func add(
        _ name: String = "heart", version: String,
        change: (inout [String: Any], inout Data) -> Void = { _, _ in }
    ) throws -> URL {
        var weights = try Self.weights()
        var manifest = try Self.manifest(name: name, version: version, weights: weights)
        change(&manifest, &weights)
        let folder = root.appending(path: "\(name)/\(version)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try weights.write(to: folder.appending(path: "model.safetensors"))
        try JSONSerialization.data(withJSONObject: manifest).write(to: folder.appending(path: "model.json"))
        return folder
    }

    /// The file that training would write: every tensor that the network asks for, as safetensors.
    private static func weights() throws -> Data {
        let recorder = RecordingWeights()
        _ = try VNet(configuration(), weights: recorder, pool: ComputePool(threads: 1))
        return SafetensorsWriter.file(recorder.tensors)
    }

    private static func configuration() throws -> VNetConfiguration { try VNetConfiguration(outChannels: 1, width: 1) }

    private static func manifest(name: String, version: String, weights: Data) throws -> [String: Any] {
        let network = try VNet(configuration(), weights: FormulaWeights(), pool: ComputePool(threads: 1))
        let output = try network.run(GoldenInput.ramp(count: 4096), shape: (16, 16, 16))
        return [
            "format": 1, "name": name, "version": version,
            "architecture": ["type": "VNet", "in_channels": 1, "out_channels": 1, "width": 1],
            "input": [
                "size": [16, 16, 16], "spacing_mm": 6.0,
                "intensity": ["scale": "percentile", "low": 1, "high": 99, "mean": [0.5], "std": [0.25]],
            ],
            "outputs": [["view": "SHORT_AXIS", "truncation_mm": 40.0, "encoding": "clip", "scale_mm": 40.0]],
            "weights": ["file": "model.safetensors", "sha256": try Shell.sha256(weights)],
            "golden": [
                "input": "ramp", "shape": [1, 1, 16, 16, 16],
                "output": stride(from: 0, to: 4096, by: 64).map { Double(output[$0]) }, "tolerance": 1e-3,
            ],
            "provenance": ["data": "formula"], "intended_use": "tests",
        ]
    }
}

/// Remembers what a network asks for.
final class RecordingWeights: TensorSource, @unchecked Sendable {  // used by one thread
    private(set) var tensors: [(name: String, shape: [Int], values: [Float])] = []

    func tensor(named name: String, shape: [Int]) throws(NeuralNetworkError) -> [Float] {
        let values = try FormulaWeights().tensor(named: name, shape: shape)
        tensors.append((name, shape, values))
        return values
    }
}

enum SafetensorsWriter {
    static func file(_ tensors: [(name: String, shape: [Int], values: [Float])]) -> Data {
        var data = Data()
        let entries = tensors.map { tensor in
            let start = data.count
            tensor.values.withUnsafeBytes { data.append(contentsOf: $0) }
            return
                #""\#(tensor.name)":{"dtype":"F32","shape":\#(tensor.shape),"data_offsets":[\#(start),\#(data.count)]}"#
        }
        let header = Data("{\(entries.joined(separator: ","))}".utf8)
        return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header + data
    }
}

enum Shell {
    /// The digest as another program computes it.
    static func sha256(_ data: Data) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "hilum-\(UUID().uuidString)")
        try data.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/sha256sum")
        process.arguments = [file.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output.prefix(64), as: UTF8.self)
    }
}

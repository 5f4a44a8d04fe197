import Foundation
import NeuralNetwork

/// Model bundles in a temporary folder, with weights by formula. For tests alone: their answers mean nothing.
struct TestBundle {
    let name: String
    let version: String
    let codes: [String]
    var threshold = 0.5
    var channels = 1

    static let allCodes = [
        "enlarged_heart", "enlarged_heart_shadow", "unfolded_aorta", "dense_aorta", "aortic_atherosclerosis",
        "diaphragm_relaxation", "aortic_arch_sclerosis", "scoliosis", "vascular_hila",
    ]
    /// Rows and columns of the input: small, so that tests are quick.
    static let inputSize = 64

    /// Writes the bundle under `root`.
    func write(under root: URL) throws {
        let folder = root.appending(path: "\(name)/\(version)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let configuration = try EfficientNetConfiguration(
            variant: .b0, inChannels: channels, numClasses: codes.count, inputSize: Self.inputSize)
        let weights = FormulaWeights()
        let network = try EfficientNet(configuration, weights: weights, pool: ComputePool(threads: 2))
        try Self.safetensors(weights.tensors).write(to: folder.appending(path: "model.safetensors"))

        let ramp = GoldenInput.ramp(count: channels * Self.inputSize * Self.inputSize)
        let golden = try network.run(ramp).logits
        try manifest(golden: golden, hash: String(repeating: "0", count: 64))
            .write(to: folder.appending(path: "model.json"))
        do {
            _ = try ModelBundle(directory: folder.path)
        } catch NeuralNetworkError.checksumMismatch(_, _, let found) {  // the loader tells the hash of the file
            try manifest(golden: golden, hash: found).write(to: folder.appending(path: "model.json"))
        }
    }

    private func manifest(golden: [Float], hash: String) throws -> Data {
        let outputs: [[String: Any]] = codes.map { code in
            [
                "code": code, "display": code.replacingOccurrences(of: "_", with: " "), "threshold": threshold,
                "operating_point": "none", "calibration": ["type": "platt", "a": 1.0, "b": 0.0],
                "priority": "PRIORITY", "codings": [["scheme": "99HILUM", "value": code, "meaning": code]],
            ]
        }
        let size = [Self.inputSize, Self.inputSize]
        let object: [String: Any] = [
            "format": 1, "name": name, "version": version,
            "architecture": [
                "type": "EfficientNetBN", "variant": "b0", "in_channels": channels, "num_classes": codes.count,
            ],
            "input": [
                "size": size, "channels": channels,
                "intensity": [
                    "scale": "unit", "mean": [Double](repeating: 0.5, count: channels),
                    "std": [Double](repeating: 0.25, count: channels),
                ],
            ],
            "outputs": outputs, "weights": ["file": "model.safetensors", "sha256": hash],
            "golden": [
                "input": "ramp", "shape": [1, channels] + size, "output": golden.map(Double.init), "tolerance": 1e-3,
            ],
            "provenance": ["data": "none: weights by formula"], "intended_use": "tests",
        ]
        return try JSONSerialization.data(withJSONObject: object)
    }

    /// The file format of https://huggingface.co/docs/safetensors: length of the header, header as JSON, tensors.
    private static func safetensors(_ tensors: [(name: String, shape: [Int], values: [Float])]) throws -> Data {
        var header: [String: Any] = [:]
        var body = Data()
        for tensor in tensors {
            let start = body.count
            tensor.values.withUnsafeBytes { body.append(contentsOf: $0) }
            header[tensor.name] = ["dtype": "F32", "shape": tensor.shape, "data_offsets": [start, body.count]]
        }
        var json = try JSONSerialization.data(withJSONObject: header)
        while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
        var file = Data()
        withUnsafeBytes(of: UInt64(json.count).littleEndian) { file.append(contentsOf: $0) }
        return file + json + body
    }
}

/// A folder that is removed with its owner.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "hilum-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

import Cryptography
import Foundation

/// A model folder whose manifest is valid and whose weights have the hash that the manifest names.
package struct ModelBundle: Sendable {
    package let manifest: ModelManifest
    package let weights: Safetensors

    /// Reads `model.json` and maps and hashes the weights.
    ///
    /// - Parameter directory: path of `<name>/<version>`.
    /// - Throws: `fileUnreadable`, `fileTooLarge`, `manifestMalformed`, `checksumMismatch`, `weightsMalformed`.
    package init(directory: String) throws(NeuralNetworkError) {
        let manifestFile = try MappedFile(path: directory + "/model.json")
        guard manifestFile.bytes.count <= ModelManifest.longest else {
            throw .fileTooLarge(
                file: "model.json", limit: ModelManifest.longest, found: manifestFile.bytes.count)
        }
        manifest = try ModelManifest(json: Data(manifestFile.bytes))
        let expected = manifest.weights.sha256.lowercased()
        let file = try MappedFile(path: directory + "/" + manifest.weights.file)
        let found = SHA256.hexadecimal(file.bytes) ?? ""
        guard found == expected else {
            throw .checksumMismatch(file: manifest.weights.file, expected: expected, found: found)
        }
        weights = try Safetensors(file: file)
    }
}

/// A network of either architecture, ready to run.
package enum Network: Sendable {
    case efficientNet(EfficientNet)
    case vNet(VNet)
}

extension ModelBundle {
    /// Makes the network that the manifest describes.
    ///
    /// - Parameter precision: of an EfficientNet; a V-Net computes in float32.
    /// - Throws: `configurationInvalid`, `precisionUnavailable`, `manifestMalformed`, or an error that names a weight.
    package func makeNetwork(
        pool: ComputePool, precision: Precision = .float32
    ) throws(NeuralNetworkError) -> Network {
        try manifest.makeNetwork(weights: weights, pool: pool, precision: precision)
    }

    /// See `ModelManifest.verifyGolden`.
    package func verifyGolden(_ network: Network) throws(NeuralNetworkError) {
        try manifest.verifyGolden(network)
    }
}

extension ModelManifest {
    /// Makes the network that the manifest describes of weights from anywhere; see `ModelBundle.makeNetwork`.
    package func makeNetwork(
        weights: any TensorSource, pool: ComputePool, precision: Precision = .float32
    ) throws(NeuralNetworkError) -> Network {
        let a = architecture
        switch a.type {
        case .efficientNet:
            return .efficientNet(
                try EfficientNet(
                    try efficientNetConfiguration(), weights: weights, pool: pool, precision: precision))
        case .vNet:
            guard let outputs = a.out_channels else {
                throw .manifestMalformed(field: "architecture.out_channels", reason: "missing")
            }
            let c = try VNetConfiguration(inChannels: a.in_channels, outChannels: outputs, width: a.width ?? 16)
            return .vNet(try VNet(c, weights: weights, pool: pool))
        }
    }

    /// Runs the golden input and compares with the answer that training recorded; also the network's warm-up.
    ///
    /// The manifest's tolerance is for float32; bfloat16 may differ by 2 % of the largest element.
    ///
    /// - Throws: `goldenOutputDiffers` at the first element beyond the tolerance.
    package func verifyGolden(_ network: Network) throws(NeuralNetworkError) {
        var tolerance = golden.tolerance
        if case .efficientNet(let network) = network, network.precision == .bfloat16 {
            tolerance = max(tolerance, 0.02 * Double(golden.output.map(abs).max() ?? 0))
        }
        for (index, (expected, found)) in zip(golden.output, try goldenOutput(of: network)).enumerated() {
            guard abs(Double(found) - Double(expected)) <= tolerance else {
                throw .goldenOutputDiffers(index: index, expected: expected, found: found, tolerance: tolerance)
            }
        }
    }

    /// What a network answers to the golden input: the elements that `golden.output` has, NaN where there is none.
    package func goldenOutput(of network: Network) throws(NeuralNetworkError) -> [Float] {
        let input = GoldenInput.ramp(count: golden.shape.reduce(1, *))
        let output: [Float]
        var step = 1
        switch network {
        case .efficientNet(let network): output = try network.run(input).logits
        case .vNet(let network):
            guard golden.shape.count == 5 else {
                throw .manifestMalformed(field: "golden.shape", reason: "not N C D H W")
            }
            output = try network.run(input, shape: (golden.shape[2], golden.shape[3], golden.shape[4]))
            step = max(1, output.count / golden.output.count)
        }
        return golden.output.indices.map { $0 * step < output.count ? output[$0 * step] : .nan }
    }
}

extension ModelManifest {
    fileprivate func efficientNetConfiguration() throws(NeuralNetworkError) -> EfficientNetConfiguration {
        guard let name = architecture.variant, let variant = EfficientNetConfiguration.Variant(rawValue: name) else {
            throw .manifestMalformed(field: "architecture.variant", reason: "not b0 to b7")
        }
        guard input.size[0] == input.size[1] else {
            throw .manifestMalformed(field: "input.size", reason: "not square")
        }
        return try EfficientNetConfiguration(
            variant: variant, inChannels: architecture.in_channels, numClasses: outputs.count,
            inputSize: input.size[0])
    }
}

/// Inputs that training and services can both compute.
package enum GoldenInput {
    /// x[i] = frac(i · 2654435761 / 2³²), i counted over the flattened input.
    package static func ramp(count: Int) -> [Float] {
        (0..<count).map { Float(Double(UInt32(truncatingIfNeeded: $0) &* 2_654_435_761) / 0x1p32) }
    }
}

import Foundation

/// Tests/Fixtures/NeuralNetwork/reference.json, written by training/reference/make_reference.py.
struct Reference: Decodable {
    struct Sample: Decodable {
        let shape: [Int]
        let std: Double
        let stride: Int
        let values: [Double]

        /// The largest difference to the sampled elements, in standard deviations of the whole output.
        func maxError(of output: [Float]) -> Double {
            guard output.count == shape.reduce(1, *) else { return .infinity }
            return zip(values, stride(from: 0, to: output.count, by: self.stride)).map { value, index in
                let error = abs(Double(output[index]) - value) / std
                return error.isNaN ? .infinity : error
            }.max() ?? .infinity
        }

        private func stride(from: Int, to: Int, by: Int) -> StrideTo<Int> { Swift.stride(from: from, to: to, by: by) }
    }

    struct EfficientNetCase: Decodable {
        let variant: String
        let in_channels: Int
        let num_classes: Int
        let size: Int
        let batch: Int
        let logits: Sample
        let features: Sample
    }

    struct VNetCase: Decodable {
        let width: Int
        let in_channels: Int
        let out_channels: Int
        let extent: [Int]
        let batch: Int
        let output: Sample
    }

    let efficientnet: [String: EfficientNetCase]
    let vnet: [String: VNetCase]

    static let shared: Result<Reference, any Error> = Result {
        let file = packageRoot.appending(path: "Tests/Fixtures/NeuralNetwork/reference.json")
        return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
    }
}

let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

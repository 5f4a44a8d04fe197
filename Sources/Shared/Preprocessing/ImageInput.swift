package import Imaging
package import NeuralNetwork

/// How a bundle wants to see an image: padded to a square, resized, normalised channel by channel.
package struct ImageInput: Sendable {
    /// Rows and columns.
    package let size: Int
    /// Mean and standard deviation by channel, of values 0…1.
    package let normalisation: [(mean: Float, deviation: Float)]

    /// - Throws: `NeuralNetworkError.manifestMalformed` naming the field that an image cannot have.
    package init(_ input: ModelManifest.Input) throws(NeuralNetworkError) {
        guard input.intensity.scale == .unit else {
            throw .manifestMalformed(field: "input.intensity.scale", reason: "an image is already 0…1")
        }
        guard input.size.count == 2, let size = input.size.first, input.size == [size, size] else {
            throw .manifestMalformed(field: "input.size", reason: "not a square")
        }
        self.size = size
        normalisation = zip(input.intensity.mean, input.intensity.std).map { (Float($0), Float($1)) }
    }

    /// What the network sees: `[C, size, size]`, each channel the grey image with its own mean and deviation.
    package func tensor(of image: PresentedImage) -> [Float] {
        let square = image.square(size)
        return normalisation.flatMap { channel in square.map { ($0 - channel.mean) / channel.deviation } }
    }

    /// What is done to the pixels, in words.
    package var step: String {
        let channels = normalisation.map { "mean \($0.mean) and standard deviation \($0.deviation)" }
        return "padded to a square, resized to \(size) × \(size) with antialiasing, "
            + "normalised by \(channels.joined(separator: ", "))"
    }
}

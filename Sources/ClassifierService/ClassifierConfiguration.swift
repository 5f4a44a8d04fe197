import Foundation
package import NeuralNetwork
package import ServiceKit

/// The configuration of the classifier.
package struct ClassifierConfiguration: ServerConfiguration, Equatable {
    package var server = ServerOptions(port: 8081, maxConcurrency: 0)
    /// Folder of the model bundles: `<name>/<version>/model.json`.
    package var models = "models"
    /// Threads that compute; 0 for one a processor.
    package var threads = 0
    /// The type in which networks multiply; a CPU without bfloat16 instructions refuses that.
    package var precision = Precision.float32
    /// Limits of the quality gates.
    package var gates = GateLimits()
    /// Longest side of a heat map, pixels.
    package var maxHeatMapSize = 256
    /// Images in one request of the Open Inference Protocol.
    package var maxBatch = 64

    package init() {}

    package static let program = "classifier-service"
    package static let summary = "chest X-ray in, calibrated findings out"
    package static let environmentPrefix = "HILUM_CLASSIFIER_"

    package static let fields: [ConfigurationField<ClassifierConfiguration>] =
        ServerOptions.fields(at: \.server)
        + [
            .init("models", \.models, .text("a folder"), help: "Folder of the model bundles."),
            .init(
                "threads", \.threads, .integer(0...1024, unit: "threads"),
                help: "Threads that compute; 0: one for each processor."),
            .init(
                "precision", \.precision, .choice,
                help: "Type in which networks multiply; bfloat16 needs a CPU with AVX512_BF16."),
            .init(
                "max-heatmap-size", \.maxHeatMapSize, .integer(16...4096, unit: "px"),
                help: "Longest side of a heat map."),
            .init(
                "max-batch", \.maxBatch, .integer(1...1024, unit: "images"),
                help: "Images in one request of the Open Inference Protocol."),
        ] + GateLimits.fields.map { $0.nested(at: \.gates) }

    /// Threads that compute, resolved.
    package var threadCount: Int {
        threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount
    }
}

extension GateLimits {
    /// One key for each limit.
    static let fields: [ConfigurationField<GateLimits>] = [
        .init(
            "gate-min-size", \.minSize, .integer(1...16_384, unit: "px"),
            help: "Quality gate size: shorter side of an image at least."),
        .init(
            "gate-min-range", \.minRange, .number(0...1, unit: "(fraction of full scale)"),
            help: "Quality gate blank: range of values from the 1st to the 99th percentile, more than this."),
        .init(
            "gate-max-clipped", \.maxClipped, .number(0...1, unit: "(fraction of the field)"),
            help: "Quality gate clipping: pixels at either end of the scale, less than this."),
        .init(
            "gate-min-chest", \.minChestLikeness, .number(-1...1, unit: "(correlation)"),
            help: "Quality gate chest: likeness to the layout of a frontal chest at least."),
        .init(
            "gate-min-polarity", \.minPolarityMargin, .number(-2...2, unit: "(correlation)"),
            help: "Quality gate polarity: likeness as shown less likeness inverted at least."),
        .init(
            "gate-max-rotation", \.maxRotation, .integer(0...270, unit: "degrees"),
            help: "Quality gate rotation: quarter turns off upright at most."),
        .init(
            "gate-min-symmetry", \.minSymmetry, .number(-1...1, unit: "(correlation)"),
            help: "Quality gate lateral: correlation of the left half with the mirrored right half at least."),
    ]
}

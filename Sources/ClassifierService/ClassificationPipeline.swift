import Foundation
import Imaging
import NeuralNetwork
package import Preprocessing
package import ServiceKit
package import Wire

/// From a request to its answer: image → quality gates → network → calibrated findings → heat maps.
package struct ClassificationPipeline: Sendable {
    package let panel: ModelPanel
    package let gates: QualityGates
    /// Longest side of a heat map, pixels.
    package let maxHeatMapSize: Int

    package init(panel: ModelPanel, gates: QualityGates = QualityGates(), maxHeatMapSize: Int = 256) {
        self.panel = panel
        self.gates = gates
        self.maxHeatMapSize = maxHeatMapSize
    }

    /// Answers one request; blocks the calling thread, and stops between two steps once `flag` is cancelled.
    ///
    /// - Parameters:
    ///   - queued: how long the request has waited.
    ///   - seen: told what a gradable image looks like beside what the bundles were trained on.
    /// - Throws: `ClassificationError`, `ImagingError`, `NeuralNetworkError`, `CancellationError`.
    package func answer(
        _ request: ClassifyRequest, queued: Duration = .zero, until flag: CancellationFlag = CancellationFlag(),
        seen: (InputStatistics, _ trainedOn: [String: [Double]]) -> Void = { _, _ in }
    ) throws -> ClassifyResponse {
        var watch = Stopwatch()
        var timing = Timing(queueMs: queued / .milliseconds(1))
        let parts = try panel.parts(for: request.model)

        let image = try ChestImage(request.image, mediaType: request.mediaType)
        timing.decodeMs = watch.lap()

        try flag.check()
        let quality = gates.examine(image.radiograph)
        timing.preprocessMs = watch.lap()
        if quality.isGradable { seen(image.statistics, parts.first?.model.trainedOn ?? [:]) }

        var findings: [Finding] = []
        var steps = image.presented.appliedSteps
        for part in quality.isGradable ? parts : [] {
            try flag.check()
            let input = part.model.input.tensor(of: image.presented)
            steps.append("\(part.model.input.step) for \(part.model.ref.name)/\(part.model.ref.version)")
            timing.preprocessMs += watch.lap()

            let wanted = try part.model.network.run(input) { !flag.isCancelled }
            guard let output = wanted else { throw CancellationError() }
            timing.inferenceMs += watch.lap()

            let maps = try request.includeHeatmaps ? heatMaps(of: output, part, over: image.presented) : [:]
            for index in part.outputs {
                var finding = part.model.rules[index].finding(logit: output.logits[index], model: part.model.ref)
                finding.heatmapPNG = maps[index] ?? Data()
                findings.append(finding)
            }
            timing.postprocessMs += watch.lap()
        }
        timing.totalMs = timing.queueMs + watch.total
        return ClassifyResponse(
            model: parts.first?.model.ref, findings: findings.inAnswerOrder, quality: quality.message,
            appliedSteps: steps, timing: timing, requestID: request.requestID)
    }

    /// The heat maps of a part's outputs, on all processors.
    private func heatMaps(
        of output: EfficientNet.Output, _ part: (model: ClassifierModel, outputs: [Int]), over image: PresentedImage
    ) throws -> [Int: Data] {
        let maps = try concurrentMap(part.outputs.count) { place in
            try heatMap(of: output, part.outputs[place], part.model, over: image)
        }
        return Dictionary(zip(part.outputs, maps)) { first, _ in first }
    }

    private func heatMap(
        of output: EfficientNet.Output, _ index: Int, _ model: ClassifierModel, over image: PresentedImage
    ) throws -> Data {
        let channels = output.featureShape[1]
        let map = ClassActivationMap(
            features: output.features[...], rows: output.featureShape[2], columns: output.featureShape[3],
            weights: model.network.classifierWeights[index * channels..<(index + 1) * channels],
            scale: model.rules[index].slope)
        let overlay = map.overlay(imageRows: image.rows, imageColumns: image.columns, longestSide: maxHeatMapSize)
        return try PNGImage.encode(grey: overlay.pixels, rows: overlay.rows, columns: overlay.columns)
    }
}

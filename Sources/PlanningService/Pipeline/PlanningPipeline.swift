import Foundation
import Imaging
package import Preprocessing
package import ServiceKit
package import Wire

/// Cardiac MR scout volume in, scan planes out: bytes → volume → grid → network → distance maps → planes → views →
/// message. Holds no state; several requests may run it at once.
package struct PlanningPipeline: Sendable {
    package let model: PlanningModel
    package let layout: Plan.Layout

    package init(model: PlanningModel, layout: Plan.Layout = Plan.Layout()) {
        self.model = model
        self.layout = layout
    }

    /// - Parameters:
    ///   - waited: time in the queue, for `Timing`.
    ///   - cancellation: checked between the steps.
    ///   - seen: told what a volume looks like beside what the bundle was trained on.
    /// - Throws: `PlanningError`, `ImagingError`, `VolumeError`, `NIfTIError`, what the network throws.
    package func answer(
        _ request: PlanViewsRequest, waited: Duration = .zero, cancellation: CancellationFlag = CancellationFlag(),
        seen: (InputStatistics, _ trainedOn: [String: [Double]]) -> Void = { _, _ in }
    ) throws -> PlanViewsResponse {
        var clock = StepClock(waited: waited)
        let wanted = try Self.views(of: request, in: model)

        let volume = try Self.volume(of: request)
        clock.finish(\.decodeMs)
        try cancellation.check()

        guard let input = VolumeTensor(volume, for: model.input) else { throw PlanningError.blankVolume }
        seen(InputStatistics(volume, input, for: model.input), model.trainedOn)
        clock.finish(\.preprocessMs)
        try cancellation.check()

        let output = try model.network.distances(
            input.values, depth: input.grid.slices, height: input.grid.rows, width: input.grid.columns)
        clock.finish(\.inferenceMs)
        try cancellation.check()

        let maps = try distanceMaps(output, on: input)
        let plan = try Plan(maps: maps, wanted: wanted, volume: volume.grid, layout: layout)
        try cancellation.check()
        let planes = try ResponseComposer(volume: volume, maps: maps).planes(
            plan.views, reformats: request.includeReformats, distanceMaps: request.includeDistanceMaps)
        clock.finish(\.postprocessMs)
        return PlanViewsResponse(
            planes: planes, model: model.reference, appliedSteps: volume.appliedSteps + steps(volume),
            timing: clock.timing, requestID: request.requestID)
    }

    /// The views asked for, in order; SA, 4CH and 2CH where none is.
    static func views(of request: PlanViewsRequest, in model: PlanningModel) throws(PlanningError) -> [CardiacView] {
        guard !request.views.isEmpty else { return CardiacView.core }
        var views = [CardiacView]()
        for asked in request.views {
            guard let view = CardiacView(asked) else { throw .unknownView(asked.rawValue) }
            guard !views.contains(view) else { throw .repeatedView(view) }
            guard model.outputs.contains(where: { $0.view == view }) else {
                throw .viewNotInModel(view: view, model: model.reference.name)
            }
            views.append(view)
        }
        return views
    }

    private static func volume(of request: PlanViewsRequest) throws -> Volume {
        let limits = VolumeInput.sourceLimits
        switch (request.instances.isEmpty, request.nifti.isEmpty) {
        case (true, true): throw PlanningError.noVolume
        case (false, false): throw PlanningError.twoVolumes
        case (true, false): return try Volume(nifti: request.nifti, limits: limits)
        case (false, true):
            let series = try DICOMSeries(parsing: request.instances)
            if let other = series.modalities.first(where: { $0 != "MR" }) {
                throw PlanningError.notMR(found: other)
            }
            return try series.volume(limits: limits)
        }
    }

    private func distanceMaps(
        _ output: [Float], on input: VolumeTensor
    ) throws(PlanningError) -> [CardiacView: DistanceMap] {
        let count = input.grid.voxelCount
        guard output.count == count * model.outputs.count else {
            throw .unexpectedOutput(expected: count * model.outputs.count, found: output.count)
        }
        var maps = [CardiacView: DistanceMap]()
        for (channel, described) in model.outputs.enumerated() {
            maps[described.view] = DistanceMap(
                grid: input.grid, values: output[channel * count..<(channel + 1) * count],
                scaleMillimetres: described.scaleMillimetres, inside: input.inside,
                truncationMillimetres: described.truncationMillimetres)
        }
        return maps
    }

    private func steps(_ volume: Volume) -> [String] {
        let spacing = volume.affine.spacing
        let input = model.input
        return [
            String(
                format: "%d × %d × %d voxels of %.2f × %.2f × %.2f mm", volume.columns, volume.rows, volume.slices,
                spacing.x, spacing.y, spacing.z),
            String(
                format: "resampled with antialiasing to %d × %d × %d voxels of %.1f mm", input.columns, input.rows,
                input.slices, input.spacingMillimetres),
            String(format: "percentiles %g and %g became 0 and 1", input.lowPercentile, input.highPercentile),
        ]
    }
}

/// Fills `Timing` step by step.
private struct StepClock {
    private(set) var timing = Timing()
    private let start = ContinuousClock.now
    private var last = ContinuousClock.now
    private let waited: Duration

    init(waited: Duration) {
        self.waited = waited
        timing.queueMs = Self.milliseconds(waited)
    }

    /// Gives the time since the last step to `step`.
    mutating func finish(_ step: WritableKeyPath<Timing, Double>) {
        let now = ContinuousClock.now
        timing[keyPath: step] = Self.milliseconds(now - last)
        timing.totalMs = Self.milliseconds(now - start + waited)
        last = now
    }

    private static func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }
}

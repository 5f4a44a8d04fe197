import Foundation
package import ServiceKit

/// The configuration of the planner.
package struct PlanningConfiguration: ServerConfiguration, Equatable {
    package var server = ServerOptions(port: 8082)
    /// Folder of the model bundles: `<name>/<version>/model.json`.
    package var models = "models"
    /// Threads that compute; 0 for one a processor.
    package var threads = 0
    /// Volumes in one request of the Open Inference Protocol.
    package var maxBatch = 16
    /// How views are laid out.
    package var layout = Plan.Layout()

    package init() {}

    package static let program = "planning-service"
    package static let summary = "cardiac MR scout volume in, scan planes out"
    package static let environmentPrefix = "HILUM_PLANNING_"

    package static let fields: [ConfigurationField<PlanningConfiguration>] =
        ServerOptions.fields(at: \.server)
        + [
            .init("models", \.models, .text("a folder"), help: "Folder of the model bundles."),
            .init(
                "threads", \.threads, .integer(0...1024, unit: "threads"),
                help: "Threads that compute; 0: one for each processor."),
            .init(
                "max-batch", \.maxBatch, .integer(1...1024, unit: "volumes"),
                help: "Volumes in one request of the Open Inference Protocol."),
            .init(
                "field-of-view", \.layout.fieldOfViewMillimetres, .number(100...600, unit: "mm"),
                help: "Side of a view's square field of view; less where the volume is smaller."),
            .init(
                "slice-thickness", \.layout.sliceGroup.thicknessMillimetres, .number(1...20, unit: "mm"),
                help: "Short axis: thickness of a slice."),
            .init(
                "slice-gap", \.layout.sliceGroup.gapMillimetres, .number(0...20, unit: "mm"),
                help: "Short axis: gap between two slices."),
            .init(
                "ventricle-half-length", \.layout.sliceGroup.halfLengthMillimetres, .number(10...100, unit: "mm"),
                help: "Short axis: slices reach this far from the ventricle's centre to apex and to base."),
        ]

    /// Threads that compute, resolved.
    package var threadCount: Int {
        threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount
    }
}

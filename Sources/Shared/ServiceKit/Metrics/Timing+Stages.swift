import RPC
package import Wire

extension Timing {
    /// The stages of a request in the order in which they run, with the time of each.
    package var stages: [(name: String, duration: Duration)] {
        [
            ("queue", queueMs), ("decode", decodeMs), ("preprocess", preprocessMs), ("inference", inferenceMs),
            ("postprocess", postprocessMs),
        ].map { (name: $0.0, duration: .microseconds(Int64(($0.1 * 1000).rounded()))) }
    }
}

extension Histogram {
    /// Counts each stage of a request that was just answered, by its name, and shows them in the request's trace.
    package func observe(stagesOf timing: Timing) {
        for stage in timing.stages { observe(stage.duration, stage.name) }
        Trace.record(stages: timing.stages)
    }
}

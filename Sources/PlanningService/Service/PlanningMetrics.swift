import Preprocessing
import ServiceKit
import Wire

/// The planner's own figures. Labels are views and stages: bounded, and nothing of a patient.
struct PlanningMetrics: Sendable {
    private let stageSeconds: Histogram
    private let planes: Counter
    private let refused: Counter
    private let confidence: Histogram
    private let inputs: InputMetrics

    init(in metrics: Metrics) {
        stageSeconds = metrics.histogram(
            "hilum_planning_stage_seconds", help: "Time of an answered request by stage.", labels: ["stage"])
        planes = metrics.counter("hilum_planning_planes_total", help: "Planes answered, by view.", labels: ["view"])
        refused = metrics.counter(
            "hilum_planning_refused_total", help: "Volumes without a trustworthy plane, by view.", labels: ["view"])
        confidence = metrics.histogram(
            "hilum_planning_confidence", help: "Confidence of the planes answered, by view.", labels: ["view"],
            bounds: (1...19).map { Double($0) / 20 })
        inputs = InputMetrics(in: metrics, .planning)
    }

    func record(_ response: PlanViewsResponse) {
        if let timing = response.timing { stageSeconds.observe(stagesOf: timing) }
        for plane in response.planes {
            let view = CardiacView(plane.view)?.rawValue ?? ""
            planes.increment(view)
            confidence.observe(plane.confidence, view)
        }
    }

    func record(_ statistics: InputStatistics, trainedOn: [String: [Double]]) {
        inputs.record(
            statistics.values, compared: trainedOn.keys.filter { statistics.values[$0] != nil },
            outside: statistics.outside(trainedOn))
    }

    func record(_ error: any Error) {
        switch error as? PlanningError {
        case .lowConfidence(let view, _), .noPlane(let view): refused.increment(view.rawValue)
        case .planesDoNotMeet, .centerOutsideVolume: refused.increment("all")
        default: break
        }
    }
}

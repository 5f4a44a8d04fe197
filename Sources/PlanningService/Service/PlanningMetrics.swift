import ServiceKit
import Wire

/// The planner's own figures. Labels are views and stages: bounded, and nothing of a patient.
struct PlanningMetrics: Sendable {
    private let stageSeconds: Histogram
    private let planes: Counter
    private let refused: Counter

    init(in metrics: Metrics) {
        stageSeconds = metrics.histogram(
            "hilum_planning_stage_seconds", help: "Time of an answered request by stage.", labels: ["stage"])
        planes = metrics.counter("hilum_planning_planes_total", help: "Planes answered, by view.", labels: ["view"])
        refused = metrics.counter(
            "hilum_planning_refused_total", help: "Volumes without a trustworthy plane, by view.", labels: ["view"])
    }

    func record(_ response: PlanViewsResponse) {
        if let timing = response.timing { stageSeconds.observe(stagesOf: timing) }
        for plane in response.planes { planes.increment(CardiacView(plane.view)?.rawValue ?? "") }
    }

    func record(_ error: any Error) {
        switch error as? PlanningError {
        case .lowConfidence(let view, _), .noPlane(let view): refused.increment(view.rawValue)
        case .planesDoNotMeet, .centerOutsideVolume: refused.increment("all")
        default: break
        }
    }
}

import Preprocessing
import ServiceKit
import Wire

/// The classifier's own figures. Labels are codes, gates and stages: bounded, and nothing of a patient.
struct ClassifierMetrics: Sendable {
    private let stageSeconds: Histogram
    private let findings: Counter
    private let failedGates: Counter
    private let scores: Histogram
    private let inputs: InputMetrics

    init(in metrics: Metrics) {
        stageSeconds = metrics.histogram(
            "hilum_classifier_stage_seconds", help: "Time of an answered request by stage.", labels: ["stage"])
        findings = metrics.counter(
            "hilum_classifier_findings_total", help: "Findings answered, by code and whether flagged.",
            labels: ["code", "flagged"])
        failedGates = metrics.counter(
            "hilum_classifier_failed_gates_total", help: "Quality gates that failed, by gate.", labels: ["gate"])
        scores = metrics.histogram(
            "hilum_classifier_probability", help: "Probabilities answered, by finding.", labels: ["code"],
            bounds: (1...9).map { Double($0) / 10 })
        inputs = InputMetrics(in: metrics, .classifier)
    }

    func record(_ response: ClassifyResponse) {
        if let timing = response.timing { stageSeconds.observe(stagesOf: timing) }
        for finding in response.findings {
            findings.increment(finding.code, String(finding.flagged))
            scores.observe(Double(finding.probability), finding.code)
        }
        for gate in response.quality?.gates ?? [] where !gate.passed { failedGates.increment(gate.name) }
    }

    func record(_ statistics: InputStatistics, trainedOn: [String: [Double]]) {
        inputs.record(
            statistics.values, compared: trainedOn.keys.filter { statistics.values[$0] != nil },
            outside: statistics.outside(trainedOn))
    }
}

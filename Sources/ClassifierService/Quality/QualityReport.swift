package import Wire

/// Every gate that was run on an image, and why it cannot be graded, if it cannot.
package struct QualityReport: Equatable, Sendable {
    /// In the order they were run.
    package private(set) var gates: [QualityGate] = []
    /// One sentence for each failed gate.
    package private(set) var reasons: [String] = []

    /// Whether every gate passed.
    package var isGradable: Bool { reasons.isEmpty }

    /// The report as the answer carries it.
    package var message: ImageQuality {
        ImageQuality(grade: isGradable ? .gradable : .ungradable, reasons: reasons, gates: gates)
    }

    /// Whether the gate of this name was run and failed.
    package func failed(_ name: String) -> Bool {
        gates.contains { $0.name == name && !$0.passed }
    }

    /// Adds a gate; `reason` is kept when it failed.
    mutating func add(
        _ name: String, value: Double, limit: Double, unit: String, passed: Bool, reason: @autoclosure () -> String
    ) {
        gates.append(QualityGate(name: name, value: value, limit: limit, unit: unit, passed: passed))
        if !passed { reasons.append("\(name): \(reason())") }
    }
}

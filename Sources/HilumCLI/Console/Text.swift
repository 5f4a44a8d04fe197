import Foundation
package import Wire

/// Numbers and names as people read them.
package enum Text {
    package static func fixed(_ value: some BinaryFloatingPoint, _ digits: Int) -> String {
        String(format: "%.\(digits)f", Double(value))
    }

    package static func vector(_ vector: Vector3?, _ digits: Int) -> String {
        guard let vector else { return "-" }
        return [vector.x, vector.y, vector.z].map { fixed($0, digits) }.joined(separator: ", ")
    }

    /// `45 s`, `12 min`, `3 h 05 min`.
    package static func waiting(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "-" }
        let minutes = Int(seconds / 60)
        return switch seconds {
        case ..<60: "\(Int(seconds)) s"
        case ..<3600: "\(minutes) min"
        default: "\(minutes / 60) h \(String(format: "%02d", minutes % 60)) min"
        }
    }

    package static func bytes(_ count: Int) -> String {
        count < 1_000_000 ? "\(count / 1000) kB" : fixed(Double(count) / 1e6, 1) + " MB"
    }

    package static func name(_ view: View) -> String {
        switch view {
        case .shortAxis: "SA"
        case .fourChamber: "4CH"
        case .twoChamber: "2CH"
        case .threeChamber: "3CH"
        case .unspecified: "-"
        case .unrecognized(let number): "view \(number)"
        }
    }

    package static func name(_ priority: Priority) -> String {
        switch priority {
        case .unspecified: "-"
        case .routine: "routine"
        case .priority: "priority"
        case .urgent: "URGENT"
        case .unrecognized(let number): "priority \(number)"
        }
    }

    package static func name(_ state: StudyState) -> String {
        switch state {
        case .unspecified: "-"
        case .pending: "pending"
        case .complete: "complete"
        case .failed: "failed"
        case .unrecognized(let number): "state \(number)"
        }
    }

    package static func name(_ state: InstanceState) -> String {
        switch state {
        case .unspecified: "-"
        case .received: "received"
        case .dispatched: "dispatched"
        case .answered: "answered"
        case .refused: "refused"
        case .failed: "failed"
        case .held: "held"
        case .unrecognized(let number): "state \(number)"
        }
    }
}

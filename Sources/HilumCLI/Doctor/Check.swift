/// One thing that was looked at.
package struct Check: Encodable, Equatable, Sendable {
    package enum Level: String, Encodable, Sendable {
        case ok, warning, fault
    }

    /// What was looked at, for example `replica 10.0.0.5:8081`.
    package let name: String
    package let level: Level
    /// How it is.
    package let finding: String
    /// What to do about it; empty where nothing is to be done.
    package let remedy: String

    package static func ok(_ name: String, _ finding: String) -> Check {
        Check(name: name, level: .ok, finding: finding, remedy: "")
    }

    package static func warning(_ name: String, _ finding: String, remedy: String) -> Check {
        Check(name: name, level: .warning, finding: finding, remedy: remedy)
    }

    package static func fault(_ name: String, _ finding: String, remedy: String) -> Check {
        Check(name: name, level: .fault, finding: finding, remedy: remedy)
    }
}

/// Whether something ends soon, or two clocks agree: judged alike wherever it is asked.
extension Check {
    private static let day: Int64 = 86_400

    /// - Parameters:
    ///   - end: seconds since 1970-01-01 UTC.
    ///   - now: likewise.
    package static func certificate(_ name: String, ends end: Int64, now: Int64) -> Check {
        let days = (end - now) / day
        let remedy = "Put a new certificate in place and send the program SIGHUP (systemctl reload)."
        switch days {
        case _ where end <= now: return fault(name, "has ended", remedy: remedy)
        case ..<7: return fault(name, "ends in \(days) days", remedy: remedy)
        case ..<30: return warning(name, "ends in \(days) days", remedy: remedy)
        default: return ok(name, "trusted, names the host, ends in \(days) days")
        }
    }

    /// - Parameter milliseconds: how far one clock is ahead of another.
    /// - Parameter coarse: the one clock told only whole seconds.
    package static func clock(_ name: String, ahead milliseconds: Int64, of other: String, coarse: Bool = false)
        -> Check
    {
        let size = abs(milliseconds)
        let way = milliseconds < 0 ? "behind" : "ahead of"
        let finding = "\(Text.fixed(Double(size) / 1000, 1)) s \(way) \(other)"
        let remedy = "Let both machines take their time from one server (systemd-timesyncd or chrony)."
        switch size {
        case ..<(coarse ? 2000 : 1000): return ok(name, coarse ? "within 2 s of \(other)" : finding)
        case ..<5000: return warning(name, finding, remedy: remedy)
        default: return fault(name, finding, remedy: remedy)
        }
    }
}

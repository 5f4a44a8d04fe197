import Foundation

extension Metrics {
    /// Adds what Prometheus calls the process metrics, read from `/proc`.
    func addProcessMetrics() {
        let start = Date().timeIntervalSince1970
        gauge("process_start_time_seconds", help: "Start of the process, Unix time.") { start }
        counter("process_cpu_seconds_total", help: "Time of processors used, user and system.") {
            var usage = rusage()
            guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
            return usage.ru_utime.seconds + usage.ru_stime.seconds
        }
        gauge("process_resident_memory_bytes", help: "Memory held in RAM.") {
            Self.statistics(of: "/proc/self/statm").dropFirst().first.map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
        }
        gauge("process_open_fds", help: "Open file descriptors.") {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count).map(Double.init)
        }
    }

    private static func statistics(of path: String) -> [Double] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { Double($0) }
    }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1_000_000 }
}

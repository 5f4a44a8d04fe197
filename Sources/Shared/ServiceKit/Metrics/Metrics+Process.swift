import Foundation

extension Metrics {
    /// Adds what Prometheus calls the process metrics, read from `/proc`, and how the machine around it is.
    func addProcessMetrics() {
        addHostMetrics()
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

    /// The folder that the program works in lies on the file system that is measured.
    private func addHostMetrics() {
        gauge("hilum_host_processors", help: "Processors that the program may use.") {
            Double(ProcessInfo.processInfo.activeProcessorCount)
        }
        gauge("hilum_host_memory_bytes", help: "Memory of the machine.") { Self.memory("MemTotal:") }
        gauge("hilum_host_memory_available_bytes", help: "Memory that programs can still get.") {
            Self.memory("MemAvailable:")
        }
        gauge("hilum_host_disk_bytes", help: "Size of the file system of the working folder.") {
            Self.disk.map { Double($0.f_blocks) * Double($0.f_frsize) }
        }
        gauge("hilum_host_disk_available_bytes", help: "What of it can still be written.") {
            Self.disk.map { Double($0.f_bavail) * Double($0.f_frsize) }
        }
    }

    private static var disk: statvfs? {
        var status = statvfs()
        return statvfs(".", &status) == 0 ? status : nil
    }

    private static func memory(_ name: String) -> Double? {
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { $0 * 1024 }
    }

    private static func statistics(of path: String) -> [Double] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { Double($0) }
    }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1_000_000 }
}

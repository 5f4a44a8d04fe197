import Gateway
import Testing

@Suite struct MachineReportTests {
    private func report(_ lines: String, processorsUsed: Double? = nil) -> MachineReport {
        var report = MachineReport(service: "classifier", replica: "a:1")
        report.take(MetricFigures(text: lines), processorsUsed: processorsUsed)
        return report
    }

    @Test func `figures come from Prometheus' text, what is no figure is passed over`() {
        let figures = MetricFigures(text: "# HELP a b\na 1.5\nb{c=\"d\"} 2\nbroken\ne NaN\nf x\ng 3 1700000000\n")
        #expect(figures["a"] == 1.5)
        #expect(figures["g"] == 3)
        for name in ["b", "e", "f", "broken"] { #expect(figures[name] == nil) }
    }

    @Test(arguments: [
        ("hilum_queue_longest_wait_seconds 29", MachineReport.Level.normal),
        ("hilum_queue_longest_wait_seconds 31", .warning), ("hilum_queue_longest_wait_seconds 121", .critical),
        ("hilum_host_memory_bytes 100\nhilum_host_memory_available_bytes 11", .normal),
        ("hilum_host_memory_bytes 100\nhilum_host_memory_available_bytes 9", .warning),
        ("hilum_host_memory_bytes 100\nhilum_host_memory_available_bytes 4", .critical),
        ("hilum_host_disk_bytes 100\nhilum_host_disk_available_bytes 14", .warning),
        ("hilum_host_disk_bytes 100\nhilum_host_disk_available_bytes 4", .critical), ("", .normal),
    ])
    func `each limit has its level`(lines: String, level: MachineReport.Level) {
        let report = report(lines)
        #expect(report.level == level)
        #expect(report.alerts.isEmpty == (level == .normal))
    }

    @Test func `busy processors are a warning`() {
        #expect(report("hilum_host_processors 4", processorsUsed: 3.7).level == .warning)
        #expect(report("hilum_host_processors 4", processorsUsed: 3.5).level == .normal)
    }

    @Test func `the worst alert gives the level`() {
        let report = report(
            "hilum_queue_longest_wait_seconds 31\nhilum_host_disk_bytes 100\nhilum_host_disk_available_bytes 1")
        #expect(report.alerts.count == 2)
        #expect(report.level == .critical)
    }

    @Test func `a silent replica is critical`() {
        #expect(MachineReport(service: "planning", replica: "b:1", silent: "does not answer").level == .critical)
    }
}

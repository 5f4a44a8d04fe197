import Foundation
import HilumCLI
import Testing

/// How `hilum doctor` judges what a gateway says of its site.
@Suite struct DoctorTests {
    private static let now: Int64 = 1_800_000_000_000

    /// The checks of a site of two classifier replicas that is well but for these members.
    private func checks(
        time: Int64 = now, ledger: String = "\"missingSteps\": []", free: Int = 1 << 40, weights: String = "aa",
        replica: String = "\"clockAheadMilliseconds\": 300"
    ) throws -> [String: Check] {
        func bundle(_ sha: String) -> String {
            """
            {"name": "chest-xray", "version": "2", "weightsSHA256": "\(sha)", "intendedUse": "for tests",
             "isReady": true, "reason": ""}
            """
        }
        let json = """
            {"version": "1", "time": \(time), "ledger": {"store": "postgresql", \(ledger)},
             "disk": {"freeBytes": \(free), "lowBytes": 1000000000, "enoughBytes": 2000000000},
             "replicas": [
               {"service": "classifier", "replica": "a:1", "bundles": [\(bundle("aa"))], \(replica)},
               {"service": "classifier", "replica": "b:1", "bundles": [\(bundle(weights))]}],
             "destinations": [{"name": "pacs", "kind": "dicom"}]}
            """
        let report = try JSONDecoder().decode(SiteReport.self, from: Data(json.utf8))
        return Dictionary(uniqueKeysWithValues: report.checks(at: Self.now).map { ($0.name, $0) })
    }

    @Test func `a site that is well asks for nothing`() throws {
        let checks = try checks()
        #expect(checks.values.filter { $0.level != .ok || !$0.remedy.isEmpty } == [])
        #expect(checks["classifier bundles"]?.finding == "chest-xray/2 (aa…): for tests")
    }

    @Test(arguments: [(900, Check.Level.ok), (-1200, .warning), (5000, .fault), (-60_000, .fault)])
    func `clocks that differ are named by how much`(ahead: Int, level: Check.Level) throws {
        #expect(try checks(time: Self.now + Int64(ahead))["gateway clock"]?.level == level)
        let ledger = "\"missingSteps\": [], \"clockAheadMilliseconds\": \(ahead)"
        #expect(try checks(ledger: ledger)["ledger clock"]?.level == level)
    }

    @Test(arguments: [(-1, Check.Level.fault), (6, .fault), (29, .warning), (31, .ok)])
    func `a certificate is named before it ends`(days: Int, level: Check.Level) throws {
        let end = Self.now / 1000 + Int64(days) * 86_400 + 1
        #expect(try checks(replica: "\"certificateEnds\": \(end)")["classifier a:1 certificate"]?.level == level)
    }

    @Test(arguments: [(900_000_000, Check.Level.fault), (3_000_000_000, .warning), (5_000_000_000, .ok)])
    func `a disk is named before nothing is taken any more`(free: Int, level: Check.Level) throws {
        #expect(try checks(free: free)["disk"]?.level == level)
    }

    @Test func `replicas with different weights are a fault`() throws {
        #expect(try checks(weights: "bb")["classifier bundles"]?.level == .fault)
    }

    @Test func `tables that are not up to date and a database that is away are faults`() throws {
        #expect(try checks(ledger: "\"missingSteps\": [\"011 traces\"]")["ledger (postgresql)"]?.level == .fault)
        let away = try checks(ledger: "\"missingSteps\": [], \"fault\": \"ledgerUnreachable\"")["ledger (postgresql)"]
        #expect(away?.level == .fault)
        #expect(away?.remedy.contains("PostgreSQL runs") == true)
    }
}

import Foundation
import Reporting
import Testing

@Suite struct FHIRBundleTests {
    func bundle(_ report: StudyReport) throws -> [String: Any] {
        let data = try FHIRBundle(report, from: .test, patientIDSystem: "urn:oid:1.2.9").json()
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    func resources(_ report: StudyReport) throws -> [[String: Any]] {
        let entries = try #require(try bundle(report)["entry"] as? [[String: Any]])
        return entries.compactMap { $0["resource"] as? [String: Any] }
    }

    @Test func `a study is a report, an observation for each finding and the bundle's device`() throws {
        let resources = try resources(chestReport(of: sourceInstance()))
        #expect(
            resources.compactMap { $0["resourceType"] as? String } == [
                "Device", "Observation", "Observation", "DiagnosticReport",
            ])
        let report = try #require(resources.last)
        #expect(report["status"] as? String == "preliminary")
        #expect((report["conclusion"] as? String)?.contains("not for clinical use") == true)
        let value = resources[1]["valueQuantity"] as? [String: Any]
        #expect(value?["value"] as? Double == 0.93)
    }

    @Test func `a later version is put under the same ids`() throws {
        let instance = try sourceInstance()
        func ids(_ version: Int) throws -> [String] {
            try resources(chestReport(of: instance, version: version)).compactMap { $0["id"] as? String }
        }
        #expect(try ids(1) == ids(2))
        #expect(try ids(1).allSatisfy { $0.utf8.count <= 64 })
    }

    @Test func `text cannot break out of its string`() throws {
        let wild = "a\"b\\c\n\u{1}\u{2028}é"
        let data = JSONValue.object([("x", .text(wild)), ("y", .list([.number(.nan), .flag(true), .integer(-3)]))])
            .data()
        let read = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(read["x"] as? String == wild)
    }

    @Test func `a notice holds no patient data unless asked for`() throws {
        let report = try chestReport(of: sourceInstance())
        let bare = String(decoding: try StudyNotice(report, from: .test, includesPatient: false).json(), as: UTF8.self)
        for secret in ["Doe", "P-7", "A-77", "1.2.3", "1961"] { #expect(!bare.contains(secret), "\(bare)") }
        let full = String(decoding: try StudyNotice(report, from: .test, includesPatient: true).json(), as: UTF8.self)
        #expect(full.contains("Doe^Jane") && full.contains("\"studyInstanceUID\":\"1.2.3\""))
    }
}

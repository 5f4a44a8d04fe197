import Foundation
import Imaging
import Reporting
import Testing

@Suite(.enabled(if: ForeignProgram.dciodvfy.isPresent && ForeignProgram.dsrdump.isPresent))
struct MeasurementReportTests {
    @Test func `a chest report has no error by dciodvfy and none by dsrdump`() throws {
        let object = try ReportingDevice.test.structuredReport(chestReport(of: sourceInstance()))
        #expect(try errors(in: object.bytes) == [])
        let dump = try ForeignProgram.dsrdump.judge(object.bytes, "-Er", "+Pl", "+Pc", "+Pt", "+Pu")
        #expect(dump.status == 0)
        #expect(!dump.text.contains("Error") && !dump.text.contains("INVALID"), "\(dump.text)")
        for text in [
            "TID 1500", "TID 1501", "(8186001,SCT,\"Cardiomegaly\")", "\"0.93\" (1,UCUM,\"no units\")",
            "(ENLARGED_HEART_SHADOW,99HILUM", "Finding Site", "not for clinical use", "weights SHA-256 a1a1",
        ] {
            #expect(dump.text.contains(text), "\(text) is not in \(dump.text)")
        }
    }

    @Test func `planes are polygons in the frame of reference`() throws {
        let object = try ReportingDevice.test.structuredReport(cardiacReport(of: sourceInstance(modality: "MR")))
        #expect(try errors(in: object.bytes) == [])
        let dump = try ForeignProgram.dsrdump.judge(object.bytes, "-Er", "+Pl", "+Pc", "+Pt")
        #expect(dump.status == 0)
        #expect(dump.text.contains("TID 1410"))
        #expect(dump.text.contains("-160/-150/30,180/-150/30,180/190/30,-160/190/30,-160/-150/30"), "\(dump.text)")
    }

    @Test func `what could not be graded is said, and nothing measured`() throws {
        let report = try chestReport(of: sourceInstance(), isGradable: false)
        let object = try ReportingDevice.test.structuredReport(report)
        #expect(try errors(in: object.bytes) == [])
        let dump = try ForeignProgram.dsrdump.judge(object.bytes, "+Pl")
        #expect(dump.text.contains("not gradable: turned by a quarter"))
        #expect(!dump.text.contains("Imaging Measurements"))
    }

    @Test func `the evidence names each instance once`() throws {
        let object = try ReportingDevice.test.structuredReport(chestReport(of: sourceInstance()))
        let written = try DataSet(parsing: object.bytes)
        let study = try #require(written.sequence(Tag(0x0040, 0xA375)).first)
        #expect(study.string(.studyInstanceUID) == "1.2.3")
        let series = try #require(study.sequence(Tag(0x0008, 0x1115)).first)
        #expect(series.sequence(Tag(0x0008, 0x1199)).map { $0.string(.referencedSOPInstanceUID) } == ["1.2.3.4.5"])
    }

    @Test func `a later version names the one before`() throws {
        let instance = try sourceInstance()
        let first = try ReportingDevice.test.structuredReport(chestReport(of: instance))
        let second = try ReportingDevice.test.structuredReport(
            chestReport(of: instance, version: 2, predecessor: first.reference))
        #expect(second.reference.seriesInstanceUID == first.reference.seriesInstanceUID)
        #expect(second.reference.sopInstanceUID != first.reference.sopInstanceUID)
        #expect(try errors(in: second.bytes) == [])
        let named = try DataSet(parsing: second.bytes).sequence(Tag(0x0040, 0xA360))
        let before = named.first?.sequence(Tag(0x0008, 0x1115)).first?.sequence(Tag(0x0008, 0x1199)).first
        #expect(before?.string(.referencedSOPInstanceUID) == first.reference.sopInstanceUID)
    }
}

import Deidentification
import Imaging
import Testing

@Suite struct ConfidentialityProfileTests {
    private let profile = ConfidentialityProfile.basic

    @Test func `every row has a tag of its own and a known action`() {
        #expect(profile.rows.count == 652)
        #expect(Set(profile.rows.values.map(\.action)) == Set(ConfidentialityProfile.Action.allCases))
    }

    @Test(arguments: [
        ("PatientName", "Z"), ("PatientID", "Z/D"), ("PatientBirthDate", "Z"), ("StudyInstanceUID", "U"),
        ("StudyDate", "Z"), ("SeriesDate", "X/D"), ("AcquisitionDate", "X/Z"), ("InstitutionName", "X/Z/D"),
        ("ReferencedImageSequence", "X/Z/U*"), ("ContentSequence", "D"), ("EncapsulatedDocument", "D"),
        ("PatientComments", "X"), ("DeviceSerialNumber", "X/Z/D"), ("ContentDate", "Z/D"),
    ])
    func `attributes have the action of the standard`(keyword: String, action: String) throws {
        let tag = try #require(Tag(keyword: keyword))
        let row = try #require(profile.row(tag))
        #expect(row.action.rawValue == action && row.keyword == keyword)
    }

    @Test func `every date but the birth's can be kept in a modified form`() {
        let dates = profile.rows.values.filter { ["DA", "DT"].contains($0.tag.dictionaryVR ?? "") }
        #expect(dates.count > 80)
        #expect(dates.filter { !$0.options.contains("t") }.map(\.keyword) == ["PatientBirthDate"])
    }
}

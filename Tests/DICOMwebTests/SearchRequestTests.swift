import DICOMweb
import Testing

@Suite struct SearchRequestTests {
    private func request(
        _ query: String, _ level: SearchAttribute.Level = .instance, in scope: Resource.Scope? = nil
    ) throws -> SearchRequest {
        try SearchRequest(level, in: scope, query: try QueryItems(query))
    }

    private func condition(_ query: String) throws -> AttributeMatch.Condition? {
        try request(query).matches.first?.condition
    }

    @Test(arguments: [
        ("PatientID=A", AttributeMatch.Condition.equals("A")),
        ("00100020=A", .equals("A")),
        ("PatientID=A*", .wildcard("A*")),
        ("PatientID=A%2a", .wildcard("A*")),
        ("PatientName=M%C3%BCLLER%5EJ?", .wildcard("müller^j?")),
        ("PatientName=SMITH^^", .equals("smith")),
        ("StudyDate=20240131", .range(from: "20240131", to: "20240131")),
        ("StudyDate=20240101-20240131", .range(from: "20240101", to: "20240131")),
        ("StudyDate=-20240131", .range(from: nil, to: "20240131")),
        ("StudyDate=2024.01.01-", .range(from: "20240101", to: nil)),
        ("StudyTime=10:15-1130.5", .range(from: "1015", to: "1130.5")),
        ("StudyInstanceUID=1.2", .equals("1.2")),
        ("StudyInstanceUID=1.2,1.3", .anyOf(["1.2", "1.3"])),
        ("StudyInstanceUID=1.2%5C1.3", .anyOf(["1.2", "1.3"])),
        ("InstanceNumber=007", .equals("7")),
        ("ModalitiesInStudy=MR,CT", .anyOf(["MR", "CT"])),
        ("RequestAttributesSequence.ScheduledProcedureStepID=S", .equals("S")),
        ("00400275.00401001=S", .equals("S")),
    ])
    func `a parameter becomes a condition`(query: String, expected: AttributeMatch.Condition) throws {
        #expect(try condition(query) == expected)
    }

    @Test(arguments: ["PatientID=", "PatientID=*", "PatientName=**", "StudyInstanceUID=", "StudyDate=", "Modality"])
    func `an empty value or nothing but stars matches everything`(query: String) throws {
        #expect(try condition(query) == nil)
    }

    @Test(arguments: [
        "StudyDate=x", "StudyDate=1-2-3", "StudyDate=-", "StudyInstanceUID=a", "StudyInstanceUID=1.*", "limit=x",
        "limit=-1",
        "offset=1.5", "fuzzymatching=maybe", "nonsense=1", "PatientName.x=1", "PatientID=%zz", "PatientID=%ff",
        "InstanceNumber=x",
        "PatientID=%00", "includefield=nonsense",
    ])
    func `what is no search is refused`(query: String) {
        #expect(throws: SearchError.self) { try request(query) }
    }

    @Test func `an error holds nothing of a value`() {
        #expect(throws: SearchError.malformedValue(keyword: "StudyDate")) { try request("StudyDate=DOE^JANE") }
        #expect(throws: SearchError.unknownParameter) { try request("DOE^JANE=1") }
    }

    @Test func `a search has its page, its fields and its warnings`() throws {
        let found = try request(
            "limit=10&offset=20&includefield=StudyDescription,00180015&fuzzymatching=true&InstanceNumber=1", .series)
        #expect(found.limit == 10 && found.offset == 20)
        #expect(found.included.map(\.keyword).sorted() == ["BodyPartExamined", "StudyDescription"])
        #expect(found.warnings.count == 2 && found.warnings.first == SearchRequest.fuzzyWarning)
        #expect(try request("limit=1000000").limit == SearchRequest.maximumLimit)
        #expect(try request("includefield=all").included.count == SearchAttribute.all.count)
    }

    @Test func `study and series of the path are conditions`() throws {
        let found = try request("", in: .init(study: "1.2", series: "3"))
        #expect(
            found.matches == [
                AttributeMatch(.studyInstanceUID, .equals("1.2")), AttributeMatch(.seriesInstanceUID, .equals("3")),
            ])
    }

    @Test func `too many parameters, conditions or UIDs are refused`() {
        let many = Array(repeating: "PatientID=1", count: 65).joined(separator: "&")
        #expect(throws: SearchError.tooManyConditions(limit: 64)) { try request(many) }
        #expect(throws: SearchError.malformedQuery) { try request(String(repeating: "a=b&", count: 300)) }
        let uids = Array(repeating: "1", count: 1001).joined(separator: ",")
        #expect(throws: SearchError.malformedValue(keyword: "StudyInstanceUID")) {
            try request("StudyInstanceUID=\(uids)")
        }
    }
}

import DICOMweb
import Testing

@Suite struct AcceptTests {
    private let offers: [ContentType] = [.jpeg, .png, .dicomJSON]

    @Test(
        arguments: [
            ([], "image/jpeg"),
            (["*/*"], "image/jpeg"),
            (["image/png"], "image/png"),
            (["image/*;q=0.5, application/dicom+json"], "application/dicom+json"),
            (["image/png;q=0.9, image/jpeg;q=0.8"], "image/png"),
            (["*/*, image/jpeg;q=0"], "image/png"),
            (["image/jpeg;q=0.1, */*;q=0.5"], "image/png"),
            (["text/html", "IMAGE/PNG"], "image/png"),
            (["text/html"], nil),
            (["image/png;q=0"], nil),
            (["image/png;q=x"], nil),
            (["rubbish, ;;;, /"], nil),
        ] as [([String], String?)])
    func `the offer that is liked best is chosen`(fields: [String], expected: String?) {
        #expect(Accept(fields: fields).best(of: offers)?.essence == expected)
    }

    @Test func `the query's parameter comes before the field`() {
        #expect(Accept(fields: ["image/jpeg"], parameter: "image/png").best(of: offers) == .png)
    }

    @Test func `parameters keep what stands in quotes`() throws {
        let accept = Accept(fields: [
            #"multipart/related; type="application/dicom"; transfer-syntax=*;q=0.5, multipart/related; TYPE="a,b;\"c""#
        ])
        #expect(accept.ranges.map(\.type.partEssence) == [#"a,b;"c"#, "application/dicom"])
        #expect(accept.ranges.last?.type.parameters["transfer-syntax"] == "*")
        #expect(accept.ranges.last?.quality == 0.5)
    }

    @Test(arguments: ["", "a", "a/", "/b", "a/b/c", "a b/c", "ä/b"])
    func `what is no media type is refused`(text: String) {
        #expect(ContentType(parsing: text) == nil)
    }

    @Test func `a written type is read again`() throws {
        let type = ContentType("multipart/related", parameters: ["type": "application/dicom", "x": "a\"b\\c"])
        #expect(ContentType(parsing: type.text) == type)
    }
}

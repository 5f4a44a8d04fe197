import Foundation
import Imaging
import Reporting
import Testing

@Suite struct ResultObjectTests {
    @Test func `the same report makes the same bytes`() throws {
        let instance = try sourceInstance()
        let first = try ReportingDevice.test.structuredReport(chestReport(of: instance))
        let second = try ReportingDevice.test.structuredReport(chestReport(of: instance))
        #expect(first.bytes == second.bytes)
    }

    @Test func `an object is in its source's study, in a series of its own`() throws {
        let object = try ReportingDevice.test.structuredReport(chestReport(of: sourceInstance()))
        let written = try DataSet(parsing: object.bytes)
        #expect(written.string(.studyInstanceUID) == "1.2.3")
        #expect(written.string(.seriesInstanceUID)?.hasPrefix("2.25.") == true)
        #expect(written.string(.sopInstanceUID) == object.reference.sopInstanceUID)
        #expect(written.string(.patientName) == "Doe^Jane")
        #expect(written.string(.accessionNumber) == "A-77")
        #expect(written.string(.manufacturer) == "Hilum")
        #expect(written.string(Tag(0x0018, 0x1000)) == "T-1")
    }

    @Test func `times are in the source's offset from UTC`() throws {
        let instance = try sourceInstance { try $0.set(Tag(0x0008, 0x0201), "+0930") }
        let written = try DataSet(parsing: ReportingDevice.test.structuredReport(chestReport(of: instance)).bytes)
        #expect(written.string(Tag(0x0008, 0x0201)) == "+0930")
        // 2026-11-18 11:06:40 UTC
        #expect(written.string(Tag(0x0008, 0x0023)) == "20261118")
        #expect(written.string(Tag(0x0008, 0x0033)) == "203640")
    }

    /// PS3.5 §H.3.1, §K.2 and §J.4, as bytes.
    static let names: [(set: String, bytes: [UInt8], text: String)] = [
        ("ISO_IR 192", Array("Wang^XiaoDong=王^小东".utf8), "Wang^XiaoDong=王^小东"),
        (
            "\\ISO 2022 IR 87",
            Array("Yamada^Tarou=".utf8) + [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42],
            "Yamada^Tarou=山田"
        ),
        (
            "ISO 2022 IR 13\\ISO 2022 IR 87",
            [0xD4, 0xCF, 0xC0, 0xDE, 0x5E, 0xC0, 0xDB, 0xB3, 0x3D, 0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44]
                + [0x1B, 0x28, 0x4A, 0x5E, 0x1B, 0x24, 0x42, 0x42, 0x40, 0x4F, 0x3A, 0x1B, 0x28, 0x4A],
            "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"
        ),
        (
            "\\ISO 2022 IR 149",
            Array("Hong^Gildong=".utf8) + [0x1B, 0x24, 0x29, 0x43, 0xFB, 0xF3, 0x5E, 0x1B, 0x24, 0x29, 0x43]
                + [0xD1, 0xCE, 0xD4, 0xD7],
            "Hong^Gildong=洪^吉洞"
        ),
        ("ISO_IR 100", [0x42, 0x75, 0x63, 0x5E, 0x4A, 0xE9, 0x72, 0xF4, 0x6D, 0x65], "Buc^Jérôme"),
        ("GB18030", Array("Wang^XiaoDong=".utf8) + [0xCD, 0xF5, 0x5E, 0xD0, 0xA1, 0xB6, 0xAB], "Wang^XiaoDong=王^小东"),
    ]

    @Test(arguments: names) func `names keep bytes and character set`(
        name: (set: String, bytes: [UInt8], text: String)
    ) throws {
        let padded = Data(name.bytes + (name.bytes.count % 2 == 0 ? [] : [0x20]))
        let placeholder = String(repeating: "x", count: padded.count)
        var file = try sourceInstance(name: placeholder, characterSet: name.set).serialised()
        let place = try #require(file.range(of: Data(placeholder.utf8)))
        file.replaceSubrange(place, with: padded)
        let source = try DataSet(parsing: file)
        #expect(try SourceStudy(source).text(.patientName) == name.text)

        let plain = try ReportingDevice.test.structuredReport(chestReport(of: source))
        #expect(plain.bytes.range(of: Data(name.bytes)) != nil)
        #expect(try DataSet(parsing: plain.bytes).strings(.specificCharacterSet)?.joined(separator: "\\") == name.set)

        let accented = finding(display: "Cœur", codings: [CodedConcept("X", "99HILUM", "Cœur augmenté")])
        let unicode = try ReportingDevice.test.structuredReport(chestReport(of: source, findings: [accented]))
        let written = try DataSet(parsing: unicode.bytes)
        #expect(written.string(.specificCharacterSet) == "ISO_IR 192")
        #expect(written.string(.patientName) == name.text)
        #expect(unicode.bytes.range(of: Data("Cœur augmenté".utf8)) != nil)
    }

    @Test(arguments: ["", "1", "3.1", "1..2", "1.02", "1.2.840.113619.2.55.3.604688", "2.25a"])
    func `a root that is none is refused`(root: String) {
        #expect(UIDRoot(root) == nil)
    }

    @Test func `a site's root is taken, and its UIDs fit`() throws {
        let root = try #require(UIDRoot("1.2.826.0.1.3680043.9.99"))
        let uid = try root.uid("a", "b")
        #expect(uid.hasPrefix("1.2.826.0.1.3680043.9.99.") && uid.utf8.count <= 64)
        #expect(try root.uid("a", "b") == uid)
        #expect(try root.uid("ab", "") != uid)
    }
}

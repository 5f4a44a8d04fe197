import Foundation
import Imaging
import Reporting
import Testing

@Suite struct ObservationMessageTests {
    func message(_ report: StudyReport, characterSet: HL7CharacterSet = .unicode) throws -> [String] {
        var endpoint = HL7Endpoint()
        endpoint.receivingApplication = "RIS|1"
        endpoint.characterSet = characterSet
        let message = try ObservationMessage(report, from: .test, to: endpoint)
        return String(decoding: message.encoded(), as: UTF8.self).split(separator: "\r").map(String.init)
    }

    @Test func `a report is MSH, PID, OBR and an OBX for each finding`() throws {
        let segments = try message(chestReport(of: sourceInstance()))
        #expect(segments.map { $0.prefix(3) } == ["MSH", "PID", "OBR", "OBX", "OBX", "OBX", "OBX", "OBX"])
        #expect(segments[0].hasPrefix("MSH|^~\\&|HILUM||RIS\\F\\1||20261118"))
        #expect(segments[0].hasSuffix("|P|2.5.1|||AL|NE||UNICODE UTF-8"))
        #expect(segments[1] == "PID|1||P-7||Doe^Jane^^^^^L^A||19610203|F")
        #expect(segments[2].hasPrefix("OBR|1|A-77|"))
        #expect(segments[5].hasPrefix("OBX|3|NM|8186001^Cardiomegaly^SCT|1|0.93|1^no units^UCUM|<0.25|A|||P|||2026"))
    }

    @Test func `delimiters and control characters in text are escaped`() throws {
        let instance = try sourceInstance(name: "O|Neil&Sons~^a~b") { try $0.set(.issuerOfPatientID, "A^B|\u{7F}") }
        let segments = try message(chestReport(of: instance))
        #expect(segments.count == 8)
        #expect(segments[1].contains("|O\\F\\Neil\\T\\Sons\\R\\^a\\R\\b^^^^^L^A|"), "\(segments[1])")
        #expect(segments[1].contains("|P-7^^^A\\S\\B\\F\\\\X7F\\|"), "\(segments[1])")
    }

    @Test func `the control id is that of the version`() throws {
        let instance = try sourceInstance()
        func id(_ version: Int) throws -> String {
            try ObservationMessage(chestReport(of: instance, version: version), from: .test, to: HL7Endpoint())
                .controlID
        }
        #expect(try id(1) == id(1))
        #expect(try id(1) != id(2))
        #expect(try id(1).utf8.count == 20)
    }

    @Test(arguments: [
        ("MSH|^~\\&|RIS||HILUM||20260101||ACK|1|P|2.5.1\rMSA|AA|C1\r", Acknowledgement.Code.accept),
        ("MSH|^~\\&|RIS\rMSA|AE|C1|no such patient\r", .error), ("MSH|^~\\&|RIS\nMSA|CR|C1\n", .reject),
        ("MSH#^~\\&#RIS\rMSA#AR#C1\r", .reject),
    ])
    func `an answer is read`(text: String, code: Acknowledgement.Code) {
        let answer = Acknowledgement(Data(text.utf8))
        #expect(answer?.code == code)
        #expect(answer?.controlID == "C1")
    }

    @Test(arguments: [
        "", "MSH", "MSH|", "MSA|AA|C1", "MSH|^~\\&|\rMSA", "MSH|^~\\&|\rMSA|", "MSH|^~\\&|\rMSA|AX|1", "\u{0}\u{1}",
    ])
    func `what is no answer is none`(text: String) {
        #expect(Acknowledgement(Data(text.utf8)) == nil)
    }
}

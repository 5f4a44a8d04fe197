import Deidentification
import Foundation
import Imaging
import Testing

@Suite struct DeidentifierTests {
    private func object(_ change: (DataSet) throws -> Void = { _ in }) throws -> Data {
        let dataSet = try DataSet()
        try dataSet.set(.sopClassUID, "1.2.840.10008.5.1.4.1.1.7")
        try dataSet.set(.sopInstanceUID, "1.2.3.4")
        try dataSet.set(.studyInstanceUID, "1.2.3")
        try dataSet.set(.seriesInstanceUID, "1.2.3.5")
        try dataSet.set(.patientName, "Zyxwvut^Qponmlk")
        try dataSet.set(.patientID, "HOSP-771199")
        try change(dataSet)
        return try dataSet.serialised()
    }

    private func deidentify(_ bytes: Data, _ options: DeidentificationOptions = .init()) throws -> DeidentifiedObject {
        try Deidentifier(secret: SiteSecret([UInt8](repeating: 9, count: 32)), options: options).deidentify(bytes)
    }

    @Test func `what it gives out is known by other names, and it says by which`() throws {
        let result = try deidentify(object())
        let dataSet = try DataSet(parsing: result.bytes)
        #expect(dataSet.string(.patientID) == result.identity.patient)
        #expect(dataSet.string(.sopInstanceUID) == result.identity.sopInstanceUID)
        #expect(result.original.patient == "HOSP-771199")
        #expect(result.original.studyInstanceUID == "1.2.3")
        #expect(result.bytes.range(of: Data("HOSP".utf8)) == nil)
    }

    @Test func `an object without Patient ID is known by name and birth date`() throws {
        func pseudonym(_ birthDate: String) throws -> String {
            try deidentify(
                object {
                    $0.remove(.patientID)
                    try $0.set(.patientBirthDate, birthDate)
                }
            ).identity.patient
        }
        #expect(try pseudonym("19610412") == pseudonym("19610412"))
        #expect(try pseudonym("19610412") != pseudonym("19610413"))
    }

    @Test func `a value that is left anywhere keeps the object inside`() throws {
        let bytes = try object { try $0.set(.pixelData, bytes: Data("xxHOSP-771199x".utf8), vr: "OB") }
        #expect(throws: DeidentificationError.identifierLeft(keyword: "PatientID")) { try deidentify(bytes) }
    }

    @Test func `a directory of a medium is refused`() throws {
        let bytes = try object { try $0.set(.sopClassUID, "1.2.840.10008.1.3.10") }
        #expect(throws: DeidentificationError.mediaDirectory) { try deidentify(bytes) }
    }

    @Test func `attributes that nobody knows are taken out`() throws {
        let bytes = try object { try $0.set(Tag(0x0018, 0x9ABC), bytes: Data("Zyxwvut ".utf8), vr: "UN") }
        let result = try DataSet(parsing: deidentify(bytes).bytes)
        #expect(!result.contains(Tag(0x0018, 0x9ABC)))
    }

    @Test func `damaged objects end in an error or an object, never in a crash`() throws {
        let bytes = try object { dataSet in
            let item = try DataSet()
            try item.set(.patientName, "Zyxwvut")
            try dataSet.set(.sourceImageSequence, items: [item])
        }
        var random = SeededGenerator(seed: 13)
        for _ in 0..<400 {
            var damaged = bytes
            for _ in 0..<3 {
                damaged[Int.random(in: 128..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? deidentify(damaged)
            _ = try? deidentify(damaged.prefix(Int.random(in: 0..<damaged.count, using: &random)))
        }
    }
}

@Suite struct RegionRulesTests {
    @Test(arguments: [
        ("", 0), ("[]", 0), (#"{"rules":[{"regions":[]}]}"#, 1),
        (
            #"{"rules":[{"modality":"US","regions":[]},{"modality":"US","regions":[{"x":0,"y":0,"width":0,"height":1}]}]}"#,
            2
        ),
        (#"{"rules":[{"modality":"US","regions":[{"x":-1,"y":0,"width":1,"height":1}]}]}"#, 1),
    ])
    func `a rule that is wrong is named by its number`(json: String, number: Int) {
        #expect {
            try RegionRules(Data(json.utf8))
        } throws: { error in
            if case DeidentificationError.invalidRegionRule(number, _) = error { true } else { false }
        }
    }
}

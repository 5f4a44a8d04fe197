import DICOMweb
import Foundation
import Imaging
import Testing

@Suite struct DataSetJSONTests {
    private func json(_ dataSet: DataSet) throws -> [String: [String: Any]] {
        let parsed = try DataSet(parsing: dataSet.serialised())
        let bytes = try DataSetJSON.write(parsed) { "bulk/\($0.text)" }
        return try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: [String: Any]])
    }

    private func value<Value>(_ object: [String: Any]?, as type: Value.Type) -> Value? {
        (object?["Value"] as? [Any])?.first as? Value
    }

    @Test func `each kind of value has its own form`() throws {
        let item = try DataSet()
        try item.set(.lutData, bytes: Data(repeating: 7, count: 2000), vr: "OW")
        let dataSet = try DataSet()
        try dataSet.set(.sopInstanceUID, "1.2.3")
        try dataSet.set(.patientName, "Yamada^Tarou=山田^太郎=やまだ^たろう")
        try dataSet.set(.specificCharacterSet, "ISO_IR 192")
        try dataSet.set(.pixelSpacing, "0.50", "1e1")
        try dataSet.set(.instanceNumber, "007")
        try dataSet.set(.windowCenter, "12abc")
        try dataSet.set(.rows, 5)
        try dataSet.set(.patientID, "quote\" and \u{1}control")
        try dataSet.set(.imageType, "ORIGINAL", "", "AXIAL")
        try dataSet.set(.accessionNumber, "")
        try dataSet.set(.voiLUTSequence, items: [item])
        try dataSet.set(Tag(0x0009, 0x1001), bytes: Data([1, 2]), vr: "OB")
        try dataSet.set(.pixelData, bytes: Data([1, 2]), vr: "OW")
        let found = try json(dataSet)
        #expect(value(found["00080018"], as: String.self) == "1.2.3")
        #expect(
            value(found["00100010"], as: [String: String].self) == [
                "Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう",
            ])
        #expect(found["00280030"]?["Value"] as? [Double] == [0.5, 10])
        #expect(value(found["00200013"], as: Int.self) == 7)
        #expect(value(found["00281050"], as: String.self) == "12abc")
        #expect(value(found["00280010"], as: Int.self) == 5)
        #expect(value(found["00100020"], as: String.self) == "quote\" and \u{1}control")
        #expect((found["00080008"]?["Value"] as? [Any])?[1] is NSNull)
        #expect(found["00080050"]?["vr"] as? String == "SH" && found["00080050"]?["Value"] == nil)
        let nested = value(found["00283010"], as: [String: [String: Any]].self)
        #expect(nested?["00283006"]?["BulkDataURI"] as? String == "bulk/00283010/1/00283006")
        #expect(found["00091001"]?["InlineBinary"] as? String == "AQI=")
        #expect(found["7FE00010"]?["BulkDataURI"] as? String == "bulk/7FE00010")
        #expect(!found.keys.contains { $0.hasPrefix("0002") })
    }

    @Test func `text of another character set becomes Unicode`() throws {
        let dataSet = try DataSet()
        try dataSet.set(.specificCharacterSet, "ISO_IR 100")
        try dataSet.set(.sopInstanceUID, "1")
        try dataSet.set(.studyDescription, "?")
        var bytes = try dataSet.serialised()
        let place = try #require(bytes.range(of: Data("? ".utf8), options: .backwards)?.lowerBound)
        bytes[place] = 0xE9  // é in ISO 8859-1
        let json = try DataSetJSON.write(try DataSet(parsing: bytes)) { _ in "" }
        let text = String(decoding: json, as: UTF8.self)
        #expect(text.contains(#""00081030":{"vr":"LO","Value":["é"]}"#))
        #expect(text.contains(#""00080005":{"vr":"CS","Value":["ISO_IR 192"]}"#))
    }

    @Test func `a path leads to the value it was written for`() throws {
        let item = try DataSet()
        try item.set(.lutData, bytes: Data([1, 2]), vr: "OW")
        let dataSet = try DataSet()
        try dataSet.set(.voiLUTSequence, items: [item])
        let path = BulkDataPath(steps: [.init(sequence: .voiLUTSequence, item: 1)], tag: .lutData)
        #expect(try path.holder(in: dataSet)?.bytes(.lutData) == Data([1, 2]))
        let nowhere = BulkDataPath(steps: [.init(sequence: .voiLUTSequence, item: 2)], tag: .lutData)
        #expect(nowhere.holder(in: dataSet) == nil)
    }
}

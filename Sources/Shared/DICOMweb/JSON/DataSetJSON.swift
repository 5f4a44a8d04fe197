package import Foundation
package import Imaging

/// A data set in the DICOM JSON model (PS3.18 §F), large binary values by reference.
///
/// DCMTK's own writer is not used: it keeps the text's character set, which JSON has no word for, it cannot write
/// encapsulated pixel data, and it gives no way to say where in a sequence a value lies.
package struct DataSetJSON {
    /// Binary values of more bytes than this are referred to.
    package static let inlineLimit = 1024

    private let bulkDataURI: (BulkDataPath) -> String
    private var json = JSONText()

    /// - Parameters:
    ///   - dataSet: its text is turned into Unicode.
    ///   - bulkDataURI: where the value at a path can be got.
    package static func write(
        _ dataSet: DataSet, bulkDataURI: @escaping (BulkDataPath) -> String
    ) throws(ImagingError) -> Data {
        dataSet.convertToUnicode()
        var writer = DataSetJSON(bulkDataURI: bulkDataURI)
        try writer.object(dataSet, steps: [])
        return Data(writer.json.bytes)
    }

    private init(bulkDataURI: @escaping (BulkDataPath) -> String) {
        self.bulkDataURI = bulkDataURI
    }

    private mutating func object(_ dataSet: DataSet, steps: [BulkDataPath.Step]) throws(ImagingError) {
        json.raw("{")
        var isFirst = true
        for tag in dataSet.tags where Self.isWritten(tag) {
            guard let (vr, byteCount) = dataSet.information(tag) else { continue }
            if !isFirst { json.raw(",") }
            isFirst = false
            DICOMJSON.begin(tag, vr: vr, in: &json)
            try value(of: tag, vr: vr, byteCount: byteCount, in: dataSet, steps: steps)
            json.raw("}")
        }
        json.raw("}")
    }

    /// Group lengths, file meta information and trailing padding are no part of the model (PS3.18 §F.2.1).
    private static func isWritten(_ tag: Tag) -> Bool {
        tag.element != 0 && tag.group > 0x0002 && tag != Tag(0xFFFC, 0xFFFC)
    }

    private mutating func value(
        of tag: Tag, vr: String, byteCount: Int, in dataSet: DataSet, steps: [BulkDataPath.Step]
    ) throws(ImagingError) {
        switch vr {
        case "SQ": try sequence(tag, in: dataSet, steps: steps)
        case "OB", "OW", "OF", "OD", "OL", "OV", "UN":
            try binary(tag, byteCount: byteCount, in: dataSet, steps: steps)
        case "US", "SS", "UL", "SL", "FL", "FD": numbers(dataSet.doubles(tag) ?? [], vr: vr)
        case "SV", "UV": try wideIntegers(tag, vr: vr, in: dataSet)
        case "AT":
            list(dataSet.doubles(tag) ?? []) { $0.string(Tag(packed: UInt32($1)).hexadecimal) }
        case "LT", "ST", "UT", "UR": list(dataSet.text(tag).map { [$0] } ?? []) { $0.string($1) }
        default: DICOMJSON.values(dataSet.strings(tag) ?? [], vr: vr, in: &json)
        }
    }

    private mutating func sequence(
        _ tag: Tag, in dataSet: DataSet, steps: [BulkDataPath.Step]
    ) throws(ImagingError) {
        let items = dataSet.sequence(tag)
        guard !items.isEmpty else { return }
        json.raw(",\"Value\":[")
        for (index, item) in items.enumerated() {
            if index > 0 { json.raw(",") }
            try object(item, steps: steps + [BulkDataPath.Step(sequence: tag, item: index + 1)])
        }
        json.raw("]")
    }

    private mutating func binary(
        _ tag: Tag, byteCount: Int, in dataSet: DataSet, steps: [BulkDataPath.Step]
    ) throws(ImagingError) {
        guard byteCount > 0 else { return }
        if byteCount > Self.inlineLimit || tag == .pixelData {
            json.raw(",\"BulkDataURI\":")
            json.string(bulkDataURI(BulkDataPath(steps: steps, tag: tag)))
        } else if let bytes = try dataSet.bytes(tag) {
            json.raw(",\"InlineBinary\":\"")
            json.raw(bytes.base64EncodedString())
            json.raw("\"")
        }
    }

    private mutating func numbers(_ values: [Double], vr: String) {
        list(values) { json, value in
            if let whole = Int64(exactly: value) {
                json.raw(String(whole))
            } else if value.isFinite {
                json.raw(vr == "FL" ? "\(Float(value))" : "\(value)")
            } else {
                json.string(value.isNaN ? "NaN" : value < 0 ? "-inf" : "inf")
            }
        }
    }

    /// 64-bit integers; those that a double does not hold become strings (PS3.18 §F.2.3).
    private mutating func wideIntegers(_ tag: Tag, vr: String, in dataSet: DataSet) throws(ImagingError) {
        guard let bytes = try dataSet.bytes(tag) else { return }
        let words = bytes.withUnsafeBytes { raw in
            (0..<(raw.count / 8)).map {
                UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
            }
        }
        list(words) { json, word in
            let text = vr == "SV" ? String(Int64(bitPattern: word)) : String(word)
            let magnitude = vr == "SV" ? Int64(bitPattern: word).magnitude : word
            if magnitude <= 1 << 53 { json.raw(text) } else { json.string(text) }
        }
    }

    private mutating func list<Value>(_ values: [Value], _ write: (inout JSONText, Value) -> Void) {
        guard !values.isEmpty else { return }
        json.raw(",\"Value\":")
        json.list(values) { write(&$0, $1) }
    }
}

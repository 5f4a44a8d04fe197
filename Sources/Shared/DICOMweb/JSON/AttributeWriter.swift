package import Foundation
package import Imaging

/// A data set in the DICOM JSON model, attribute by attribute, to be written in the order of tags.
package struct AttributeWriter {
    private var json = JSONText()
    private var isFirst = true

    package init() {
        json.raw("{")
    }

    package var data: Data { Data(json.bytes + [UInt8(ascii: "}")]) }

    /// A text value; an empty one is left out.
    package mutating func text(_ tag: Tag, _ vr: String, _ value: String) {
        begin(tag, vr)
        DICOMJSON.values([value], vr: vr, in: &json)
        json.raw("}")
    }

    package mutating func number(_ tag: Tag, _ vr: String, _ value: Int) {
        begin(tag, vr)
        json.raw(",\"Value\":[\(String(value))]}")
    }

    /// Nothing where there are no items.
    package mutating func sequence<Item>(
        _ tag: Tag, _ items: [Item], _ write: (inout AttributeWriter, Item) -> Void
    ) {
        guard !items.isEmpty else { return }
        begin(tag, "SQ")
        json.raw(",\"Value\":[")
        for (index, item) in items.enumerated() {
            json.raw(index == 0 ? "{" : ",{")
            isFirst = true
            write(&self, item)
            json.raw("}")
        }
        isFirst = false
        json.raw("]}")
    }

    private mutating func begin(_ tag: Tag, _ vr: String) {
        if !isFirst { json.raw(",") }
        isFirst = false
        DICOMJSON.begin(tag, vr: vr, in: &json)
    }
}

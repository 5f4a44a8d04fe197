import CDCMTK
import Foundation

extension Tag {
    /// The keyword of the data dictionary, `(gggg,eeee)` for a tag it does not have.
    package var keyword: String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard dicom_keyword(packed, &buffer, buffer.count) else {
            return String(format: "(%04x,%04x)", Int(group), Int(element))
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The value representation in the data dictionary; nil where it has none, or leaves a choice.
    package var dictionaryVR: String? {
        var buffer: [CChar] = [0, 0, 0]
        guard dicom_dictionary_vr(packed, &buffer) else { return nil }
        return String(decoding: buffer.prefix(2).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The tag with a keyword of the data dictionary, such as `PixelSpacing`.
    package init?(keyword: String) {
        var packed: UInt32 = 0
        guard dicom_tag_of_keyword(keyword, &packed) else { return nil }
        self.init(packed: packed)
    }
}

package import Foundation

/// A Part 10 file as far as sending it needs to know.
package struct Part10File: Sendable {
    package let sopClassUID: String
    package let sopInstanceUID: String
    package let transferSyntaxUID: String
    /// Where the data set begins.
    package let dataSetOffset: Int

    package var reference: SOPReference { SOPReference(sopClassUID: sopClassUID, sopInstanceUID: sopInstanceUID) }

    /// Reads the file meta information (PS3.10 §7.1): Explicit VR Little Endian, length first.
    ///
    /// - Throws: `malformed(.dataSet)`.
    package init(_ file: Data) throws(DICOMNetworkError) {
        guard let meta = Self.meta(file) else { throw .malformed(.dataSet) }
        var uids: [UInt16: String] = [:]
        var rest = meta[...]
        while !rest.isEmpty {
            guard let (element, value) = Self.element(&rest) else { throw .malformed(.dataSet) }
            uids[element] = String(decoding: value.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }, as: UTF8.self)
        }
        guard let sopClass = uids[0x0002], let instance = uids[0x0003], let syntax = uids[0x0010],
            [sopClass, instance, syntax].allSatisfy(UID.isValid)
        else { throw .malformed(.dataSet) }
        (sopClassUID, sopInstanceUID, transferSyntaxUID) = (sopClass, instance, syntax)
        dataSetOffset = 144 + meta.count
    }

    /// The elements behind the group length.
    private static func meta(_ file: Data) -> [UInt8]? {
        let head = [UInt8](file.prefix(144))
        guard head.count == 144, head[128..<132].elementsEqual("DICM".utf8),
            head[132..<140].elementsEqual([2, 0, 0, 0, UInt8(ascii: "U"), UInt8(ascii: "L"), 4, 0]),
            let length = ImplicitElements.number(UInt32.self, head[140..<144]), length <= 64 << 10
        else { return nil }
        let meta = [UInt8](file.dropFirst(144).prefix(Int(length)))
        return meta.count == Int(length) ? meta : nil
    }

    private static func element(_ rest: inout ArraySlice<UInt8>) -> (UInt16, ArraySlice<UInt8>)? {
        guard rest.count >= 8, let element = ImplicitElements.number(UInt16.self, rest.dropFirst(2).prefix(2))
        else { return nil }
        let vr = String(decoding: rest.dropFirst(4).prefix(2), as: UTF8.self)
        let isLong = ["OB", "OW", "UN", "SQ", "UT", "UC", "UR", "OD", "OF", "OL", "OV", "SV", "UV"].contains(vr)
        guard !isLong || rest.count >= 12 else { return nil }
        let length =
            isLong
            ? ImplicitElements.number(UInt32.self, rest.dropFirst(8).prefix(4)).map(Int.init)
            : ImplicitElements.number(UInt16.self, rest.dropFirst(6).prefix(2)).map(Int.init)
        let value = rest.dropFirst(isLong ? 12 : 8)
        guard let length, length <= value.count else { return nil }
        rest = value.dropFirst(length)
        return (element, value.prefix(length))
    }
}

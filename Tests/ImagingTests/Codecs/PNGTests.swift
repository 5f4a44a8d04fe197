import Foundation
import Imaging
import Testing

@Suite("PNG")
struct PNGTests {
    @Test(arguments: [(1, 1), (3, 5), (64, 1), (17, 130)])
    func `what is encoded comes back, in 8 and in 16 bits`(rows: Int, columns: Int) throws {
        var random = RandomNumbers(seed: UInt64(rows * 1000 + columns))
        let bytes = (0..<(rows * columns)).map { _ in UInt8.random(in: 0...255, using: &random) }
        let words = (0..<(rows * columns)).map { _ in UInt16.random(in: 0...65535, using: &random) }
        let narrow = try ImageDecoder.decode(PNGImage.encode(grey: bytes, rows: rows, columns: columns))
        let wide = try ImageDecoder.decode(PNGImage.encode(grey: words, rows: rows, columns: columns))
        #expect(narrow.values == bytes.map { Float($0) })
        #expect(wide.values == words.map { Float($0) })
        #expect((narrow.rows, narrow.columns, narrow.bitsStored) == (rows, columns, 8))
        #expect((wide.rows, wide.columns, wide.bitsStored) == (rows, columns, 16))
        #expect(narrow.metadata == nil)
    }
}

@Suite("Media types")
struct MediaTypeTests {
    @Test(arguments: [
        ("application/dicom", MediaType.dicom), ("image/png", .png), ("image/jpeg", .jpeg), ("image/jpg", .jpeg),
        ("IMAGE/PNG; q=1", .png), ("application/dicom; transfer-syntax=*", .dicom),
    ])
    func `a media type is read without its parameters`(mime: String, expected: MediaType) {
        #expect(MediaType(mime: mime) == expected)
    }

    @Test func `a media type that we do not read is none`() {
        for mime in ["", "text/plain", "image/webp", "application/dicom+json"] { #expect(MediaType(mime: mime) == nil) }
    }

    @Test(arguments: Fixture.all)
    func `a file is recognised by its first bytes`(fixture: Fixture) throws {
        let expected: MediaType = fixture.name.hasSuffix("dcm") ? .dicom : fixture.name.hasSuffix("png") ? .png : .jpeg
        #expect(try MediaType.sniff(fixture.bytes()) == expected)
    }
}

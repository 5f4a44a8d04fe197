import Foundation
import Imaging
import Testing

/// Headers of a few bytes that ask for gigabytes or minutes.
@Suite("Demanding headers")
struct DemandingHeaderTests {
    /// The JPEG 2000 fixture with bytes replaced at an offset behind a marker.
    private func decode(patching marker: [UInt8], at offset: Int, with bytes: [UInt8]) throws -> DecodedImage {
        let dataSet = try DataSet(parsing: Fixture.bytes("grey8_j2k_90.dcm"))
        var codestream = [UInt8](try dataSet.fragments(1..<2))
        let start = try #require((0..<codestream.count).first { codestream[$0...].starts(with: marker) })
        codestream.replaceSubrange((start + offset)..<(start + offset + bytes.count), with: bytes)
        try dataSet.setPixelData(frames: [Data(codestream)], transferSyntax: .jpeg2000Lossless)
        return try ImageDecoder.decode(dataSet)
    }

    @Test func `JPEG 2000 tiles of one pixel in an image of billions are refused`() {
        // SIZ (ISO/IEC 15444-1 §A.5.1): Xsiz, Ysiz at 6 and 10, XTsiz, YTsiz at 22 and 26.
        #expect(throws: ImagingError.unsupportedCodestream(codec: .jpeg2000, feature: "tiles, precincts or layers")) {
            try decode(
                patching: [0xFF, 0x51], at: 6,
                with: [0, 0, 0x40, 0, 0, 0, 0x40, 0] + [UInt8](repeating: 0, count: 8) + [0, 0, 0, 1, 0, 0, 0, 1])
        }
        #expect(throws: ImagingError.codestreamMismatch(keyword: "Rows", declared: 37, found: 4_294_967_295)) {
            try decode(
                patching: [0xFF, 0x51], at: 6,
                with: [UInt8](repeating: 0xFF, count: 8) + [UInt8](repeating: 0, count: 8)
                    + [UInt8](repeating: 0xFF, count: 8))
        }
    }

    @Test func `JPEG 2000 quality layers without end are refused`() {
        // COD (§A.6.1): the number of layers at 6.
        #expect(throws: ImagingError.unsupportedCodestream(codec: .jpeg2000, feature: "tiles, precincts or layers")) {
            try decode(patching: [0xFF, 0x52], at: 6, with: [0xFF, 0xFF])
        }
    }

    @Test func `a PNG header of billions of pixels is refused before anything is allocated`() throws {
        var bytes = try Fixture.bytes("grey8.png")
        // IHDR (PNG §11.2.2) begins behind 16 bytes, its checksum behind 29.
        bytes.replaceSubrange(16..<24, with: [0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60])
        let checksum = crc32(bytes[12..<29])
        bytes.replaceSubrange(29..<33, with: (0..<4).map { UInt8(checksum >> (24 - 8 * $0) & 0xFF) })
        #expect(throws: ImagingError.limitExceeded(what: "Rows", found: 60_000, limit: 16_384)) {
            try ImageDecoder.decode(bytes)
        }
    }

    @Test func `a JPEG header of billions of pixels is refused before anything is allocated`() throws {
        var bytes = try Fixture.bytes("grey8.jpg")
        let frame = try #require(bytes.range(of: Data([0xFF, 0xC0])))
        bytes.replaceSubrange((frame.lowerBound + 5)..<(frame.lowerBound + 9), with: [0xFF, 0xDC, 0xFF, 0xDC])
        #expect(throws: ImagingError.limitExceeded(what: "Rows", found: 65_500, limit: 16_384)) {
            try ImageDecoder.decode(bytes)
        }
    }

    @Test func `a progressive JPEG of a thousand scans is refused`() throws {
        let bytes = try Fixture.bytes("progressive8.jpg")
        let end = bytes.count - 2
        let scan = try #require(bytes.range(of: Data([0xFF, 0xDA]), options: .backwards))
        var many = bytes.prefix(scan.lowerBound)
        for _ in 0..<1000 { many.append(bytes[scan.lowerBound..<end]) }
        many.append(Data([0xFF, 0xD9]))
        #expect(throws: ImagingError.self) { try ImageDecoder.decode(many) }
    }

    @Test func `a frame count beyond the limits is refused before anything is allocated`() {
        var image = SyntheticImage()
        image.more = [{ dataSet in try dataSet.set(.numberOfFrames, 2_000_000_000) }]
        #expect(throws: ImagingError.limitExceeded(what: "NumberOfFrames", found: 2_000_000_000, limit: 16_384)) {
            try image.decoded()
        }
    }

    /// ISO 3309, as PNG has it.
    private func crc32(_ bytes: Data) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
    }
}

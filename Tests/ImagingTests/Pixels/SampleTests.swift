import Foundation
import Imaging
import Testing

@Suite("Stored samples")
struct SampleTests {
    static let layouts: [(allocated: Int, stored: Int, isSigned: Bool)] = [8, 16].flatMap { allocated in
        (1...allocated).flatMap { stored in [(allocated, stored, false), (allocated, stored, true)] }
    }

    @Test(arguments: layouts)
    func `any number of bits stored, signed or not, comes back whole`(
        layout: (allocated: Int, stored: Int, isSigned: Bool)
    ) throws {
        let (allocated, stored, isSigned) = layout
        var random = RandomNumbers(seed: UInt64(allocated * 100 + stored))
        let lowest = isSigned ? -(1 << (stored - 1)) : 0
        let highest = lowest + (1 << stored) - 1
        let values = [lowest, highest] + (0..<10).map { _ in Int.random(in: lowest...highest, using: &random) }
        var image = SyntheticImage(bitsAllocated: allocated, bitsStored: stored, isSigned: isSigned)
        image.words = values.map { $0 & ((1 << allocated) - 1) }
        for syntax in [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian, .explicitVRBigEndian] {
            #expect(try image.decoded(as: syntax).values == values.map { Float($0) }, "\(syntax)")
        }
    }

    @Test(arguments: [false, true])
    func `bits above the high bit are an overlay's and are masked`(isSigned: Bool) throws {
        var random = RandomNumbers(seed: 7)
        let values = (0..<12).map { _ in
            Int.random(in: (isSigned ? -2048 : 0)...(isSigned ? 2047 : 4095), using: &random)
        }
        var image = SyntheticImage(isSigned: isSigned)
        image.words = values.map { $0 & 0xFFF | Int.random(in: 0...15, using: &random) << 12 }
        #expect(try image.decoded().values == values.map { Float($0) })
    }

    @Test func `a high bit at the top aligns the samples there`() throws {
        var image = SyntheticImage(highBit: 15)
        image.words = (0..<12).map { ($0 * 300) << 4 | 0x9 }
        #expect(try image.decoded().values == (0..<12).map { Float($0 * 300) })
    }

    @Test(arguments: [
        (8, 8, 8), (16, 12, 16), (16, 12, 10), (16, 12, 65535),
    ])
    func `a high bit that cannot be is refused`(allocated: Int, stored: Int, highBit: Int) {
        let image = SyntheticImage(bitsAllocated: allocated, bitsStored: stored, highBit: highBit)
        #expect(throws: ImagingError.invalidAttribute(keyword: "HighBit", found: "\(Double(highBit))")) {
            try image.decoded()
        }
    }

    @Test(arguments: [(1, "1"), (32, "32"), (12, "12")])
    func `bits allocated that are not handled are named`(bits: Int, found: String) {
        var image = SyntheticImage()
        image.more = [{ dataSet in try dataSet.set(.bitsAllocated, bits) }]
        #expect(throws: ImagingError.unsupportedAttribute(keyword: "BitsAllocated", found: found)) {
            try image.decoded()
        }
    }

    @Test(arguments: ["Rows", "Columns", "BitsAllocated", "BitsStored", "PhotometricInterpretation", "PixelData"])
    func `a missing attribute is named`(keyword: String) throws {
        let tag = try #require(DICOMTag(keyword: keyword))
        var image = SyntheticImage()
        image.more = [{ dataSet in dataSet.remove(tag) }]
        #expect(throws: ImagingError.missingAttribute(keyword: keyword)) { try image.decoded() }
    }

    @Test(arguments: ["SamplesPerPixel", "HighBit", "PixelRepresentation", "Modality"])
    func `an attribute that has a sensible default may be missing`(keyword: String) throws {
        let tag = try #require(DICOMTag(keyword: keyword))
        var image = SyntheticImage()
        let whole = try image.decoded()
        image.more = [{ dataSet in dataSet.remove(tag) }]
        #expect(try image.decoded().values == whole.values)
    }

    @Test(arguments: [
        (DICOMTag.rows, 0), (.columns, 0), (.bitsStored, 0), (.bitsStored, 17), (.pixelRepresentation, 2),
    ])
    func `a value that cannot be is named`(tag: DICOMTag, value: Int) {
        var image = SyntheticImage()
        image.more = [{ dataSet in try dataSet.set(tag, value) }]
        #expect(throws: ImagingError.invalidAttribute(keyword: tag.keyword, found: "\(Double(value))")) {
            try image.decoded()
        }
    }

    @Test func `pixel data one byte short is refused, with trailing bytes taken`() throws {
        var image = SyntheticImage()
        image.words.removeLast()
        #expect(throws: ImagingError.pixelDataTooShort(expectedBytes: 24, foundBytes: 22)) { try image.decoded() }
        image.words += [5, 6, 7, 8]
        #expect(try image.decoded().values.count == 12)
    }

    @Test func `a size declared beyond the limits is refused before anything is allocated`() {
        var image = SyntheticImage()
        image.more = [
            { dataSet in
                try dataSet.set(.rows, 20_000)
                try dataSet.set(.columns, 20_000)
            }
        ]
        #expect(throws: ImagingError.limitExceeded(what: "Rows", found: 20_000, limit: 16_384)) { try image.decoded() }
    }

    @Test func `a colour image becomes its luminance, by pixel and by plane`() throws {
        let colours = [(200, 100, 50), (0, 0, 255), (255, 255, 255), (10, 20, 30)]
        let expected = colours.map { Float(0.299) * Float($0) + 0.587 * Float($1) + 0.114 * Float($2) }
        var image = SyntheticImage(rows: 2, columns: 2, bitsAllocated: 8, bitsStored: 8)
        image.photometricInterpretation = "RGB"
        image.samplesPerPixel = 3
        for planar in 0...1 {
            image.words =
                planar == 0 ? colours.flatMap { [$0, $1, $2] } : colours.map(\.0) + colours.map(\.1) + colours.map(\.2)
            image.more = [{ dataSet in try dataSet.set(.planarConfiguration, planar) }]
            let decoded = try image.decoded()
            #expect(zip(decoded.values, expected).allSatisfy { abs($0 - $1) < 1e-3 })
            #expect(decoded.photometricInterpretation == "MONOCHROME2")
        }
    }

    @Test func `YBR gives its first sample, also where two pixels share their colours`() throws {
        var image = SyntheticImage(rows: 1, columns: 4, bitsAllocated: 8, bitsStored: 8)
        image.samplesPerPixel = 3
        image.photometricInterpretation = "YBR_FULL"
        image.words = [10, 1, 2, 20, 1, 2, 30, 1, 2, 40, 1, 2]
        #expect(try image.decoded().values == [10, 20, 30, 40])
        image.photometricInterpretation = "YBR_FULL_422"
        image.words = [10, 20, 1, 2, 30, 40, 1, 2]
        #expect(try image.decoded().values == [10, 20, 30, 40])
    }

    @Test func `a palette is not handled and says so`() {
        let image = SyntheticImage(photometricInterpretation: "PALETTE COLOR")
        #expect(
            throws: ImagingError.unsupportedAttribute(keyword: "PhotometricInterpretation", found: "PALETTE COLOR")
        ) { try image.decoded() }
    }

    @Test func `text that may be a name does not reach an error`() {
        let image = SyntheticImage(photometricInterpretation: "Doe^John")
        #expect(
            throws: ImagingError.unsupportedAttribute(keyword: "PhotometricInterpretation", found: "(unprintable)")
        ) { try image.decoded() }
    }
}

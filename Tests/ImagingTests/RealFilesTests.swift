import Foundation
import Imaging
import Testing

@Suite("Real files", .enabled(if: SharedData.isPresent, "../shared/data is not here"))
struct RealFilesTests {
    @Test(arguments: Facts.decodable)
    func `a decodable file gives the size and the values of its facts`(facts: Facts) throws {
        let image = try ImageDecoder.decode(SharedData.bytes(facts.file))
        let rows = try #require(facts.number("rows"))
        let columns = try #require(facts.number("cols") ?? facts.number("columns"))
        #expect(image.rows == Int(rows))
        #expect(image.columns == Int(columns))
        #expect(image.frames == Int(facts.number("frames") ?? 1))
        guard facts.text("photometric") != "RGB" else { return }
        let (minimum, maximum, mean) = image.summary
        let isLossy = image.metadata?.transferSyntaxUID?.hasSuffix(".4.51") == true
        #expect(abs(mean - (try #require(facts.number("mean")))) <= (isLossy ? 0.5 : 0.0006))
        guard !isLossy else { return }
        #expect(abs(minimum - (try #require(facts.number("min")))) < 0.0006)
        #expect(abs(maximum - (try #require(facts.number("max")))) < 0.0006)
    }
}

extension DecodedImage {
    /// Lowest, highest and mean of all values.
    var summary: (minimum: Double, maximum: Double, mean: Double) {
        let sum = values.reduce(0.0) { $0 + Double($1) }
        return (Double(values.min() ?? 0), Double(values.max() ?? 0), sum / Double(max(1, values.count)))
    }
}

@Suite("Recodings of one radiograph", .enabled(if: SharedData.isPresent, "../shared/data is not here"))
struct RecodingTests {
    static let recodings = ["deflated", "j2k", "jls", "jpegll", "rle"]

    @Test(arguments: recodings)
    func `a recoding has the pixels of its source`(name: String) throws {
        let source = try ImageDecoder.decode(SharedData.bytes("cxr/nih_dx_nofinding.dcm"))
        let recoded = try ImageDecoder.decode(SharedData.bytes("cxr_derived/nih_dx_\(name).dcm"))
        #expect(recoded.values == source.values)
    }

    @Test(arguments: ["RLE", "big_endian", "jpeg_2k_lossless", "jpeg_ls_lossless"])
    func `a recoding of a multi-frame image has the pixels of its source`(name: String) throws {
        let source = try ImageDecoder.decode(SharedData.bytes("mr_enhanced/emri_small.dcm"))
        let recoded = try ImageDecoder.decode(SharedData.bytes("mr_enhanced/emri_small_\(name).dcm"))
        #expect(recoded.frames == 10)
        #expect(recoded.values == source.values)
    }

    @Test(arguments: [224, 380])
    func `the 12-bit MONOCHROME1 version gives the same network input`(size: Int) throws {
        let source = try ImageDecoder.decode(SharedData.bytes("cxr/nih_dx_nofinding.dcm")).presented()
        let inverse = try ImageDecoder.decode(SharedData.bytes("cxr_derived/nih_dx_mono1_12bit.dcm")).presented()
        let worst = zip(source.square(size), inverse.square(size)).map { abs($0 - $1) }.max() ?? 1
        #expect(worst <= 1.0 / 255)
        #expect(inverse.field == source.field)
        #expect(inverse.appliedSteps.filter { $0.contains("inverted") }.count == 1)
    }

    @Test func `colours of a colour image are its luminance`() throws {
        let image = try ImageDecoder.decode(SharedData.bytes("xr_other/GH538-jpeg14sv1.dcm"))
        #expect(image.appliedSteps.contains { $0.contains("luminance") })
        #expect((0...255).contains(image.summary.maximum))
        // The facts hold the mean over the three colours, which are close to grey here.
        #expect(abs(image.summary.mean - 11.456) < 1)
    }
}

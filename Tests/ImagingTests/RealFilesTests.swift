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

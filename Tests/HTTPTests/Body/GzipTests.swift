import Foundation
import HTTP
import Testing

@Suite struct GzipTests {
    @Test(arguments: [0, 1, 100, 70_000, 300_000])
    func `what is deflated is inflated again`(count: Int) throws {
        var random = SeededGenerator(state: UInt64(count))
        let plain = Data((0..<count).map { _ in UInt8.random(in: 0...15, using: &random) })
        #expect(try Gzip.inflate(Gzip.deflate(plain), limit: count) == plain)
    }

    @Test func `a bomb is stopped at the limit`() throws {
        let bomb = try Gzip.deflate(Data(count: 50 << 20), level: 9)
        #expect(bomb.count < 100_000)
        #expect(throws: Gzip.Failure.tooLarge(limit: 1 << 20)) { try Gzip.inflate(bomb, limit: 1 << 20) }
    }

    @Test func `what is cut off, followed by something or no gzip at all is refused`() throws {
        let good = try Gzip.deflate(Data("hello hello hello".utf8))
        for length in 0..<good.count {
            #expect(throws: Gzip.Failure.notGzip) { try Gzip.inflate(good.prefix(length), limit: 100) }
        }
        #expect(throws: Gzip.Failure.notGzip) { try Gzip.inflate(good + Data([0]), limit: 100) }
        #expect(throws: Gzip.Failure.notGzip) { try Gzip.inflate(Data("hello".utf8), limit: 100) }
    }

    @Test func `random bytes never do worse than fail`() {
        var random = SeededGenerator(state: 7)
        for _ in 0..<2000 {
            var bytes = Data(
                (0..<Int.random(in: 0...80, using: &random)).map { _ in .random(in: 0...255, using: &random) })
            if Bool.random(using: &random) { bytes = Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]) + bytes }
            _ = try? Gzip.inflate(bytes, limit: 1000)
        }
    }
}

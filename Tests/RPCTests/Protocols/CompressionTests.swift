import Foundation
import HTTP
import Testing

import RPC

@Suite struct CompressionTests {
    private func random(_ count: Int) -> Data {
        var random = SeededGenerator(state: 1)
        return Data((0..<count).map { _ in .random(in: 0...255, using: &random) })
    }

    @Test func `what shrinks is compressed, and comes back`() throws {
        for count in [2 << 10, 32 << 10, 33 << 10, 4 << 20] {
            let message = Data(repeating: 0x61, count: count)
            let packed = try #require(Compression.gzip.compress(message))
            #expect(packed.count < count / 8)
            #expect(try Compression.gzip.decompress(packed, limit: count) == message)
        }
    }

    @Test func `what does not shrink, is short or is very long travels as it is`() {
        #expect(Compression.gzip.compress(random(10 << 10)) == nil)
        #expect(Compression.gzip.compress(random(1 << 20)) == nil)
        #expect(Compression.gzip.compress(Data(repeating: 0, count: (2 << 10) - 1)) == nil)
        #expect(Compression.gzip.compress(Data(repeating: 0, count: (4 << 20) + 1)) == nil)
        #expect(Compression.identity.compress(Data(repeating: 0, count: 10 << 10)) == nil)
        // A slice is read from its own beginning.
        let slice = (random(50 << 10) + Data(repeating: 0, count: 50 << 10)).dropFirst(50 << 10)
        #expect(Compression.gzip.compress(slice) != nil)
    }

    @Test(arguments: [
        (nil, Compression.identity), ("", .identity), ("identity", .identity), ("br, deflate", .identity),
        ("gzip", .gzip), ("identity, GZIP", .gzip), ("gzip, deflate, br, zstd", .gzip), ("br;q=1.0, gzip;q=0.8", .gzip),
        ("gzip;q=0", .identity), ("gzip;q=0.000, identity", .identity), ("gzip ; q=0.1", .gzip), ("xgzip", .identity),
    ])
    func `the caller's list decides`(list: String?, expected: Compression) {
        #expect(Compression(acceptedBy: list) == expected)
    }

    @Test func `a bomb is inflated no further than the limit`() throws {
        let bomb = try Gzip.deflate(Data(count: 100 << 20), level: 9)
        let error = #expect(throws: RPCStatus.self) { try Compression.gzip.decompress(bomb, limit: 1 << 20) }
        #expect(error?.code == .resourceExhausted)
    }
}

@Suite struct EnvelopeTests {
    @Test func `a long stream that is cut anywhere keeps no memory of what was read`() throws {
        let message = Data(repeating: 7, count: 1000)
        let stream = (0..<2000).reduce(into: Data()) { bytes, _ in bytes += Envelope.encode(message) }
        var reader = Envelope.Reader(compression: .identity, limit: 1 << 20)
        var count = 0
        for start in stride(from: 0, to: stream.count, by: 777) {
            reader.append(Data(stream.dropFirst(start).prefix(777)))
            while let found = try reader.next() {
                #expect(found == message)
                count += 1
            }
            #expect(reader.retainedCount < 4000)
        }
        #expect(count == 2000 && reader.isEmpty)
    }
}

@Suite struct Base64DecoderTests {
    @Test(arguments: [1, 2, 3, 4, 5, 100])
    func `text that is cut and padded anywhere is read`(cut: Int) throws {
        let parts = [Data([1]), Data([2, 3]), Data([4, 5, 6]), Data(), Data([7, 8, 9, 10])]
        let text = parts.reduce(into: Data()) { $0 += $1.base64EncodedData() }
        var decoder = Base64Decoder()
        var found = Data()
        for start in stride(from: 0, to: text.count, by: cut) {
            found += try decoder.decode(text.dropFirst(start).prefix(cut))
        }
        #expect(found == Data(1...10) && decoder.isAtBoundary)
    }

    @Test(arguments: ["*", "A===", "=", "AA=A", "AQI=\n", "AQ-_"])
    func `text that is none is refused`(text: String) {
        var decoder = Base64Decoder()
        #expect(throws: HTTPError.malformed(reason: "not base64")) { try decoder.decode(Data(text.utf8)) }
    }

    @Test func `a group that is not complete is told`() throws {
        var decoder = Base64Decoder()
        _ = try decoder.decode(Data("AQI".utf8))
        #expect(!decoder.isAtBoundary)
    }
}

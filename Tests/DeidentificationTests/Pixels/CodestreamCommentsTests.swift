import Deidentification
import Testing

@Suite struct CodestreamCommentsTests {
    private let secret = Array("Zyxwvut".utf8)

    private func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
        [0xFF, marker, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 0xFF)] + content
    }

    private var scan: [UInt8] { segment(0xDA, [1, 1, 0, 0, 63, 0]) + [0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56] }

    private func blank(_ bytes: [UInt8]) throws -> [UInt8] { try CodestreamComments(blanking: bytes, frame: 3).bytes }

    @Test func `comments and unknown application segments of JPEG become nulls, nothing moves`() throws {
        let jfif = Array("JFIF\u{0}".utf8) + [1, 1, 0, 0, 1, 0, 1, 0, 0]
        let adobe = Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 1]
        let bytes =
            [0xFF, 0xD8] + segment(0xE0, jfif + secret) + segment(0xE1, secret) + segment(0xEE, adobe + secret)
            + segment(0xFE, secret) + segment(0xDB, [0, 1, 2]) + scan + segment(0xFE, secret) + scan + [0xFF, 0xD9]
            + secret
        let nulls = [UInt8](repeating: 0, count: secret.count)
        let expected =
            [0xFF, 0xD8] + segment(0xE0, jfif + nulls) + segment(0xE1, nulls) + segment(0xEE, adobe + nulls)
            + segment(0xFE, nulls) + segment(0xDB, [0, 1, 2]) + scan + segment(0xFE, nulls) + scan + [0xFF, 0xD9]
            + nulls
        #expect(try blank(bytes) == expected)
    }

    @Test func `bit stuffing of JPEG-LS is no marker`() throws {
        let data: [UInt8] = [0x12, 0xFF, 0x7F, 0x34, 0xFF, 0x64]
        let bytes = [0xFF, 0xD8] + segment(0xF7, [8]) + segment(0xDA, [1, 1, 0, 0, 0, 0]) + data + [0xFF, 0xD9]
        #expect(try blank(bytes) == bytes)
    }

    @Test(arguments: [true, false])
    func `comments of JPEG 2000 are blanked in the main header and in each tile-part's`(isLengthKnown: Bool) throws {
        let comment = segment(0x64, [0, 1] + secret)
        let header = [0xFF, 0x4F] + segment(0x51, [UInt8](repeating: 0, count: 36)) + comment
        let body: [UInt8] = [0xFF, 0x93, 1, 2, 0xFF, 0x64, 3]
        let length = 12 + comment.count + body.count
        func part(_ count: Int) -> [UInt8] {
            segment(0x90, [0, 0, 0, 0, UInt8(count >> 8), UInt8(count & 0xFF), 0, 1]) + comment + body
        }
        let bytes = header + part(length) + part(isLengthKnown ? length : 0) + [0xFF, 0xD9]
        let found = try blank(bytes)
        #expect(found.count == bytes.count)
        #expect(!found.indices.contains { Array(found[$0...].prefix(secret.count)) == secret })
        #expect(zip(found, bytes).filter { $0 != $1 }.count == 3 * secret.count)
    }

    @Test(arguments: [
        [UInt8](), [0xFF], [0, 0, 0], [0x42, 0x4D, 1, 2], [0xFF, 0xD8, 0xFF, 0xFE, 0x00],
        [0xFF, 0xD8, 0xFF, 0xFE, 0, 1],
        [0xFF, 0xD8, 0xFF, 0xFE, 0x10, 0x00, 1], [0xFF, 0xD8, 0x12], [0xFF, 0x4F, 0xFF, 0x51, 0xFF, 0xFF],
        [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20, 0, 0, 0, 0, 0xFF, 0, 0, 0, 0x6A, 0x70, 0x32, 0x63],
    ])
    func `a frame that cannot be followed is refused`(bytes: [UInt8]) {
        #expect(throws: DeidentificationError.unreadableCodestream(frame: 3)) { try blank(bytes) }
    }

    @Test func `arbitrary bytes never crash it`() {
        var random = SeededGenerator(seed: 7)
        for index in 0..<3000 {
            var bytes = CodestreamComments.starts[index % 3]
            for _ in 0..<Int.random(in: 0..<60, using: &random) {
                bytes +=
                    Bool.random(using: &random)
                    ? [0xFF, UInt8.random(in: 0x40...0xFF, using: &random)] : [UInt8.random(in: 0...20, using: &random)]
            }
            _ = try? CodestreamComments(blanking: bytes, frame: 0)
        }
    }
}

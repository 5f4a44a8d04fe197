import DICOMweb
import Foundation
import HTTP
import Testing

@Suite struct MultipartParserTests {
    /// What came of a message: each part with its fields and bytes.
    private struct Part: Equatable {
        var fields: [String]
        var content: Data
        var isWhole = false
    }

    private func parse(
        _ message: Data, boundary: String = "b", pieces: Int = .max, limits: MultipartParser.Limits = .init()
    ) throws -> [Part] {
        var parser = try MultipartParser(boundary: boundary, limits: limits)
        var parts: [Part] = []
        var rest = message
        while !rest.isEmpty {
            let piece = rest.prefix(min(pieces, rest.count))
            rest = rest.dropFirst(piece.count)
            var events: [MultipartParser.Event] = []
            try parser.push(Data(piece), into: &events)
            for event in events {
                switch event {
                case .partBegan(let fields):
                    parts.append(Part(fields: fields.map { "\($0.name): \($0.value)" }, content: Data()))
                case .bytes(let bytes): parts[parts.count - 1].content.append(bytes)
                case .partEnded: parts[parts.count - 1].isWhole = true
                }
            }
        }
        try parser.finish()
        return parts
    }

    private func message(_ text: String) -> Data { Data(text.utf8) }

    @Test(arguments: [1, 2, 3, 5, 7, 64, Int.max])
    func `a message is the same however it is cut`(pieces: Int) throws {
        let text =
            "preamble\r\n--b  \r\nContent-Type: application/dicom\r\nX-A:  1 \r\n\r\nfirst\r\n--bc\r\n\r\n--x"
            + "\r\n--b\r\n\r\n\r\n--b\r\n\r\nsecond\r\n--b--\r\nepilogue\r\n--b\r\n\r\n"
        let parts = try parse(message(text), pieces: pieces)
        #expect(
            parts == [
                Part(
                    fields: ["content-type: application/dicom", "x-a: 1"],
                    content: message("first\r\n--bc\r\n\r\n--x"), isWhole: true),
                Part(fields: [], content: Data(), isWhole: true),
                Part(fields: [], content: message("second"), isWhole: true),
            ])
    }

    @Test func `random content of any length comes out as it went in`() throws {
        var random = SystemRandomNumberGenerator()
        for count in [0, 1, 2, 3, 5, 100, 65_536] {
            let alphabet = Array("\r\n-b \u{0}".utf8)
            let content = Data((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] })
            let boundary = UUID().uuidString
            let whole = message("--\(boundary)\r\n\r\n") + content + message("\r\n--\(boundary)--")
            for pieces in [1, 13, 4096] where count < 1000 || pieces > 1 {
                let parts = try parse(whole, boundary: boundary, pieces: pieces)
                #expect(parts == [Part(fields: [], content: content, isWhole: true)])
            }
        }
    }

    @Test(arguments: [
        ("", MultipartError.truncated),
        ("--b", .truncated),
        ("--b\r\n\r\ncontent", .truncated),
        ("--b\r\n\r\ncontent\r\n--b\r\n", .truncated),
        ("--b\r\nno colon\r\n\r\n\r\n--b--", .malformedField),
        ("--b\r\n: empty name\r\n\r\n\r\n--b--", .malformedField),
        ("--b\r\nna me: x\r\n\r\n\r\n--b--", .malformedField),
        ("--bx\r\n\r\n\r\n--b--", .malformedField),
    ])
    func `what is no message is refused`(text: String, error: MultipartError) {
        #expect(throws: error) { try parse(message(text)) }
    }

    @Test(arguments: ["", "a ", String(repeating: "x", count: 71), "ä", "a\nb"])
    func `a boundary that is none is refused`(boundary: String) {
        #expect(throws: MultipartError.boundary) { try MultipartParser(boundary: boundary) }
    }

    @Test func `endless fields, preambles and parts end at their limits`() throws {
        var limits = MultipartParser.Limits()
        limits.partBytes = 1000
        limits.partCount = 3
        let endlessField = message("--b\r\nx: ") + Data(repeating: 0x41, count: 1 << 20)
        #expect(throws: MultipartError.fieldsTooLong(limit: 8192)) { try parse(endlessField, pieces: 1000) }
        let fields = message("--b\r\n" + String(repeating: "x: y\r\n", count: 33) + "\r\n\r\n--b--")
        #expect(throws: MultipartError.malformedField) { try parse(fields) }
        let preamble = Data(repeating: 0x41, count: 1 << 20)
        #expect(throws: MultipartError.noPart(limit: 4096)) { try parse(preamble, pieces: 1000) }
        let padding = message("--b") + Data(repeating: 0x20, count: 1 << 20)
        #expect(throws: MultipartError.fieldsTooLong(limit: 8192)) { try parse(padding, pieces: 1000) }
        let long = message("--b\r\n\r\n") + Data(count: 1001 + 20)
        #expect(throws: MultipartError.partTooLong(limit: 1000)) { try parse(long, pieces: 100, limits: limits) }
        let many = message(String(repeating: "--b\r\n\r\n\r\n", count: 4))
        #expect(throws: MultipartError.tooManyParts(limit: 3)) { try parse(many, limits: limits) }
    }

    @Test func `what is written is read`() throws {
        let writer = MultipartWriter()
        let type = try #require(ContentType(parsing: writer.contentType(.dicom)))
        #expect(type.isMultipart && type.partEssence == "application/dicom")
        let whole = writer.head(["content-type": "application/dicom"]) + Data([1, 2]) + writer.tail
        let parts = try parse(whole, boundary: try #require(type.parameters["boundary"]))
        #expect(parts == [Part(fields: ["content-type: application/dicom"], content: Data([1, 2]), isWhole: true)])
    }
}

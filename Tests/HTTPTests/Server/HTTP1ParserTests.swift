import Foundation
import HTTP
import Testing

@Suite struct HTTP1ParserTests {
    /// Writes down what a parser finds.
    private final class Recorder: HTTP1ParserDelegate {
        var heads: [HTTP1RequestHead] = []
        var bodies: [[UInt8]] = []
        var ends = 0

        func parsed(head: HTTP1RequestHead) {
            heads.append(head)
            bodies.append([])
        }

        func parsed(body: UnsafeRawBufferPointer) { bodies[bodies.count - 1] += body }
        func parsedEnd() { ends += 1 }

        var bodyTexts: [String] { bodies.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// Parses `bytes` cut at `cuts`, request after request.
    private func parse(
        _ bytes: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()
    ) -> (recorder: Recorder, violation: HTTP1Violation?) {
        let recorder = Recorder()
        let parser = HTTP1Parser(limits: limits)
        parser.delegate = recorder
        let edges = [0] + cuts.sorted() + [bytes.count]
        for (from, to) in zip(edges, edges.dropFirst()) {
            var rest = bytes[from..<to]
            while !rest.isEmpty {
                do throws(HTTP1Violation) {
                    rest = rest.dropFirst(try feed(parser, Array(rest)))
                } catch {
                    return (recorder, error)
                }
            }
        }
        return (recorder, nil)
    }

    private func feed(_ parser: HTTP1Parser, _ bytes: [UInt8]) throws(HTTP1Violation) -> Int {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(HTTP1Violation) in try parser.parse(bytes) }
        }
        return try result.get()
    }

    private func parse(_ text: String, limits: HTTPLimits = HTTPLimits()) -> (
        recorder: Recorder, violation: HTTP1Violation?
    ) {
        parse(Array(text.utf8), limits: limits)
    }

    @Test func `a request is read with its parts`() throws {
        let (recorder, violation) = parse(
            "POST /a/b%20c?x=1&y HTTP/1.1\r\nHost: h:1\r\nX-Empty:\r\nX-Two:  v w \r\nContent-Length: 3\r\n\r\nabc")
        #expect(violation == nil)
        let head = try #require(recorder.heads.first)
        #expect(head.method == "POST" && head.path == "/a/b%20c" && head.query == "x=1&y" && head.authority == "h:1")
        #expect(head.fields["x-empty"] == "" && head.fields["x-two"] == "v w")
        #expect(head.framing == .length(3) && head.keepsAlive && !head.expectsContinue)
        #expect(recorder.bodyTexts == ["abc"] && recorder.ends == 1)
    }

    @Test func `requests one behind the other are read, wherever they are cut`() {
        let text =
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3;x=y\r\nabc\r\n00A\r\n0123456789\r\n0\r\nT: 1\r\n\r\nPOST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
        let bytes = Array(text.utf8)
        for cut in 0..<bytes.count {
            let (recorder, violation) = parse(bytes, cuts: [cut, min(bytes.count, cut + 3)])
            #expect(violation == nil && recorder.ends == 3, "cut at \(cut)")
            #expect(recorder.heads.map(\.path) == ["/1", "/2", "/3"], "cut at \(cut)")
            #expect(recorder.bodyTexts == ["", "abc0123456789", "hi"], "cut at \(cut)")
        }
    }

    @Test(arguments: [
        ("absolute form", "GET http://h/p?q HTTP/1.1\r\nHost: h\r\n\r\n", "/p"),
        ("absolute form without path", "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", "/"),
        ("asterisk form", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "*"),
        ("an empty line first", "\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n", "/x"),
        ("HTTP/1.0 without host", "GET /x HTTP/1.0\r\n\r\n", "/x"),
    ])
    func `a form that RFC 9112 allows is taken`(name: String, text: String, path: String) {
        let (recorder, violation) = parse(text)
        #expect(violation == nil && recorder.heads.map(\.path) == [path] && recorder.ends == 1)
    }

    @Test(arguments: [
        ("both lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (
            "both, other order",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400
        ),
        ("two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400),
        ("the same length twice", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 400),
        ("a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n", 400),
        ("a signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n", 400),
        ("a negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\n", 400),
        ("a hexadecimal length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\n", 400),
        ("an endless length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400),
        ("identity", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 400),
        ("another coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 400),
        ("chunked twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 400),
        ("gzip, chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (
            "chunked in two lines",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n", 400
        ),
        ("chunked in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400),
        ("bare LF in a field", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\nY: 2\r\n\r\n", 400),
        ("bare CR in a field", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\rY: 2\r\n\r\n", 400),
        ("bare CR at the end", "GET / HTTP/1.1\r\nHost: a\r\n\rX", 400),
        ("a folded field", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400),
        ("a blank before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        ("a blank before the colon", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\n", 400),
        ("a field without colon", "GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n", 400),
        ("a field without name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400),
        ("a control character", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}\r\n\r\n", 400),
        ("a NUL", "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n", 400),
        ("two blanks in the request line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a target that is not ASCII", "GET /\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("no host", "GET / HTTP/1.1\r\n\r\n", 400),
        ("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("a target without slash", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a user in the target", "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("CONNECT", "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", 400),
        ("no version", "GET /\r\n\r\n", 505),
        ("version 2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
        ("another expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417),
        ("TLS", "\u{16}\u{3}\u{1}\u{0}", 400),
    ])
    func `a form on which two parsers may disagree is refused`(name: String, text: String, status: Int) {
        let (recorder, violation) = parse(text)
        #expect(violation?.status == status, "\(name): \(String(describing: violation))")
        #expect(recorder.ends == 0)
    }

    @Test(arguments: [
        ("no size", "\r\nabc\r\n0\r\n\r\n"), ("0x5", "0x5\r\nhello\r\n0\r\n\r\n"),
        ("a sign", "+5\r\nhello\r\n0\r\n\r\n"),
        ("a blank", "5 \r\nhello\r\n0\r\n\r\n"), ("CR without LF", "5\rXhello\r\n0\r\n\r\n"),
        ("LF alone", "5\nhello\r\n0\r\n\r\n"), ("too little", "4\r\nhello\r\n0\r\n\r\n"),
        ("no line end behind", "5\r\nhelloXX0\r\n\r\n"), ("LF behind", "5\r\nhello\n0\r\n\r\n"),
        ("LF in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n"),
        ("an overflow", "FFFFFFFFFFFFFFFF5\r\nhello\r\n0\r\n\r\n"),
        ("a folded trailer", "0\r\n x\r\n\r\n"), ("LF at the end", "0\r\n\n"), ("CR CR at the end", "0\r\n\r\r\n"),
    ])
    func `a chunk that is not framed exactly is refused`(name: String, body: String) {
        let (recorder, violation) = parse("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        #expect(violation?.status == 400, "\(name)")
        #expect(recorder.ends == 0)
    }

    @Test func `heads are bounded in bytes, in lines and in the target`() {
        var limits = HTTPLimits()
        limits.maxTargetBytes = 50
        limits.maxHeaderBytes = 100
        limits.maxHeaderCount = 4
        let head = "GET / HTTP/1.1\r\nHost: a\r\n"
        let path = String(repeating: "p", count: 60)
        #expect(parse("GET /\(path) HTTP/1.1\r\n", limits: limits).violation == .targetTooLong(limit: 50))
        #expect(parse(head + "X: \(path)\(path)\r\n", limits: limits).violation == .fieldsTooLarge)
        #expect(parse(head + "A:1\r\nB:1\r\nC:1\r\nD:1\r\n\r\n", limits: limits).violation == .fieldsTooLarge)
        #expect(parse(head + "A:1\r\nB:1\r\nC:1\r\n\r\n", limits: limits).violation == nil)
        let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        #expect(parse(chunked + "X: \(path)\(path)\r\n", limits: limits).violation == .fieldsTooLarge)
        #expect(parse(chunked + String(repeating: "A:1\r\n", count: 6), limits: limits).violation == .fieldsTooLarge)
    }

    @Test func `a head without end is refused at its limit`() {
        let endless = Array(("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 40_000)).utf8)
        #expect(parse(endless).violation == .fieldsTooLarge)
    }

    @Test func `changed and random bytes end in requests or in a refusal`() {
        let seeds = [
            "GET /1?x HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
            "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "PUT /3 HTTP/1.0\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\nabcd",
        ].map { Array($0.utf8) }
        let salt = Array("\r\n :;,0aF\u{0}\u{7F}/*#?%".utf8)
        for seed in UInt64(0)..<5000 {
            var random = SeededGenerator(state: seed)
            var bytes = seeds[Int(seed) % 3]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[at] = salt.randomElement(using: &random) ?? 0
                case 1: bytes.insert(salt.randomElement(using: &random) ?? 0, at: at)
                case 2: bytes[at] = .random(in: 0...255, using: &random)
                default: if bytes.count > 1 { bytes.remove(at: at) }
                }
            }
            let cuts = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &random) }
            let whole = parse(bytes)
            let cut = parse(bytes, cuts: cuts)
            // Where it is cut changes nothing of which requests are found, nor whether something is refused.
            #expect((whole.violation == nil) == (cut.violation == nil), "seed \(seed)")
            #expect(whole.recorder.heads == cut.recorder.heads, "seed \(seed)")
            #expect(whole.recorder.ends == cut.recorder.ends, "seed \(seed)")
        }
    }
}

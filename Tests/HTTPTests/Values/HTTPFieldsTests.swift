import HTTP
import Testing

@Suite struct HTTPFieldsTests {
    @Test func `names compare without case and are kept in lower case`() {
        var fields: HTTPFields = ["Content-Type": "a/b", "X-One": "1"]
        fields.append("x-one", "2")
        #expect(fields["CONTENT-type"] == "a/b")
        #expect(fields.values(for: "X-ONE") == ["1", "2"])
        #expect(fields.map(\.name) == ["content-type", "x-one", "x-one"])
    }

    @Test func `setting replaces all values and nil removes them`() {
        var fields: HTTPFields = ["a": "1", "A": "2", "b": "3"]
        fields["a"] = "4"
        #expect(fields.values(for: "a") == ["4"])
        fields["a"] = nil
        #expect(!fields.contains("a") && fields.count == 1)
    }

    @Test(arguments: [("close", ["close"]), (" Keep-Alive , close ", ["keep-alive", "close"]), (",,", []), ("", [])])
    func `tokens are split, trimmed and in lower case`(text: String, expected: [String]) {
        #expect((["connection": text] as HTTPFields).tokens(for: "Connection") == expected)
    }

    @Test(arguments: [("  a b\t", "a b"), ("", ""), (" \t ", ""), ("a", "a"), ("a ", "a"), (" a", "a")])
    func `whitespace around a value is trimmed`(text: String, expected: String) {
        #expect(text.trimmingHTTPWhitespace == expected)
    }
}

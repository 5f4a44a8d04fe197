import Foundation
import HTTP
import OpenInference
import Testing

/// A body and a part of the error that it ends in.
struct Hostile: CustomTestStringConvertible {
    let name: String
    let text: String
    let error: String

    init(_ name: String, _ text: String, _ error: String) {
        self.name = name
        self.text = text
        self.error = error
    }

    var testDescription: String { name }
}

private let deep = String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000)

private let hostile: [Hostile] = [
    Hostile("empty", "", "an object"),
    Hostile("no JSON", "hello", "unexpectedJSON"),
    Hostile("an array", "[]", "an object"),
    Hostile("text after it", "{} {}", "text after the request"),
    Hostile("no input", "{}", "missingInput"),
    Hostile("inputs are no array", #"{"inputs":{}}"#, "an array"),
    Hostile("inputs twice", #"{"inputs":[],"inputs":[]}"#, "given twice"),
    Hostile("data twice", request("[1,2],\"data\":[1,2]"), "given twice"),
    Hostile("65 inputs", #"{"inputs":["# + String(repeating: "{},", count: 64) + "{}]}", "at most 64 elements"),
    Hostile("17 axes", request("[1]", shape: "[" + String(repeating: "1,", count: 16) + "1]"), "at most 16"),
    Hostile("deep nesting", request(deep), "tooDeep"),
    Hostile("deep nesting elsewhere", #"{"x":\#(deep)}"#, "tooDeep"),
    Hostile("id is a number", #"{"id":1}"#, "a string"),
    Hostile(
        "a long id", request("[1,2]", more: #","id":""# + String(repeating: "a", count: 1025) + #"""#),
        "identifierTooLong"),
    Hostile("unknown datatype", request("[1,2]", datatype: "FP33"), "unknownDatatype"),
    Hostile("lower case datatype", request("[1,2]", datatype: "fp32"), "unknownDatatype"),
    Hostile("other datatype", request("[1,2]", datatype: "INT64"), "datatypeMismatch"),
    Hostile("unknown input", #"{"inputs":[{"name":"other"}]}"#, "unknownTensor"),
    Hostile(
        "an input twice",
        #"{"inputs":[{"name":"in","shape":[1,2],"datatype":"FP32","data":[1,2]},"#
            + #"{"name":"in","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#, "repeatedTensor"),
    Hostile("no shape", #"{"inputs":[{"name":"in","datatype":"FP32","data":[1,2]}]}"#, "shapeMismatch"),
    Hostile("other shape", request("[1,2]", shape: "[2]"), "shapeMismatch"),
    Hostile("negative batch", request("[1,2]", shape: "[-1,2]"), "shapeMismatch"),
    Hostile("no batch", request("[]", shape: "[0,2]"), "shapeMismatch"),
    Hostile("overflowing batch", request("[1,2]", shape: "[9223372036854775807,2]"), "shapeMismatch"),
    Hostile("batch past 64 bits", request("[1,2]", shape: "[9223372036854775808,2]"), "a 64-bit integer"),
    Hostile("fractional shape", request("[1,2]", shape: "[1.0,2]"), "a 64-bit integer"),
    Hostile("large batch", request("[1,2,3,4,5,6,7,8,9,10]", shape: "[5,2]"), "batchTooLarge(found: 5, limit: 4)"),
    Hostile("huge batch, little data", request("[1,2]", shape: "[1000000000000,2]"), "elements as the shape says"),
    Hostile("too few elements", request("[1]"), "2 elements as the shape says"),
    Hostile("too many elements", request("[1,2,3]"), "2 elements as the shape says"),
    Hostile("ragged", request("[[1],[2]]"), "2 elements as the shape says"),
    Hostile("nested too deep", request("[[[1],[2]]]"), "a number"),
    Hostile("nested in part", request("[[1,2],3]"), "1 elements as the shape says"),
    Hostile("data is no array", request("{}"), "an array"),
    Hostile("data is null", request("null"), "an array"),
    Hostile("no data", #"{"inputs":[{"name":"in","shape":[1,2],"datatype":"FP32"}]}"#, "noElements"),
    Hostile("NaN", request("[NaN,1]"), "invalidJSON"),
    Hostile("Infinity", request("[1,-Infinity]"), "invalidJSON"),
    Hostile("NaN as text", request(#"["NaN",1]"#), "a number"),
    Hostile("a number past FP32", request("[1e39,1]"), "in the range of FP32"),
    Hostile("a huge number", request("[1e999999999,1]"), "in the range of FP32"),
    Hostile("a long number", request("[" + String(repeating: "9", count: 100_000) + ",1]"), "in the range of FP32"),
    Hostile("a boolean", request("[true,1]"), "a number"),
    Hostile("unknown output", request("[1,2]", more: #","outputs":[{"name":"x"}]"#), "unknownTensor"),
    Hostile(
        "an output twice", request("[1,2]", more: #","outputs":[{"name":"out"},{"name":"out"}]"#), "repeatedTensor"),
    Hostile("binary size without bytes", request("[1,2],\"parameters\":{\"binary_data_size\":8}"), "wrongBinarySize"),
    Hostile("negative size", request("[1,2],\"parameters\":{\"binary_data_size\":-8}"), "wrongBinarySize"),
    Hostile(
        "both forms", request("[1,2],\"parameters\":{\"binary_data_size\":0}"), "noElements"),
    Hostile(
        "sizes that overflow",
        #"{"inputs":[{"parameters":{"binary_data_size":9223372036854775807}},"#
            + #"{"parameters":{"binary_data_size":9223372036854775807}}]}"#, "wrongBinarySize"),
    Hostile("shared memory", request("[1,2]", more: #","parameters":{"shared_memory_region":"x"}"#), "unsupported"),
    Hostile(
        "classification", request("[1,2]", more: #","outputs":[{"name":"out","parameters":{"classification":3}}]"#),
        "unsupported"),
    Hostile("negative timeout", request("[1,2]", more: #","parameters":{"timeout":-1}"#), "invalidParameter"),
    Hostile("timeout is text", request("[1,2]", more: #","parameters":{"timeout":"1"}"#), "a number"),
]

@Suite struct HostileRequestTests {
    @Test(arguments: hostile)
    func `what cannot be is answered with 400 and its reason`(hostile: Hostile) async throws {
        let answer = try await Echo().infer(hostile.text)
        #expect(answer.status == 400)
        #expect(answer.text.contains(hostile.error), "\(answer.text.prefix(300))")
        #expect(answer.body.count < 1000)
    }

    @Test(arguments: [
        (Datatype.int8, "[128,0]"), (.int8, "[1.0,0]"), (.uint8, "[-1,0]"), (.uint64, "[18446744073709551616,0]"),
        (.bool, "[1,0]"), (.bytes, "[1,2]"), (.fp16, "[1,2]"), (.int64, "[1e3,0]"),
    ])
    func `an element of another datatype is refused`(datatype: Datatype, data: String) async throws {
        #expect(try await Echo(datatype).infer(request(data, datatype: datatype.rawValue)).status == 400)
    }

    @Test(arguments: ["x", "", "-1", "+1", "1 ", "99999", "99999999999999999999", "0x10"])
    func `a header length that cannot be is refused`(length: String) async throws {
        let answer = try await Echo().infer(request("[1,2]"), fields: ["inference-header-content-length": length])
        #expect(answer.status == 400)
        #expect(answer.text.contains("wrongHeaderLength"))
    }

    @Test func `bytes that nobody announced are refused`() async throws {
        #expect(try await Echo().infer(request("[1,2]"), binary: Data(count: 8)).text.contains("wrongBinarySize"))
    }

    @Test(arguments: ["gzip", "deflate", "br"])
    func `a body that is not encoded as it says is refused`(encoding: String) async throws {
        let answer = try await Echo().infer(request("[1,2]"), fields: ["content-encoding": encoding])
        #expect(answer.status == 400 && answer.text.contains("ontentEncoding"))
    }

    @Test func `whatever the bytes are, an answer comes`() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(state: seed)
        let text =
            #"{"id":"1","inputs":[{"name":"in","shape":[1,2],"datatype":"BYTES","data":["a","b"]}],"#
            + #""outputs":[{"name":"out","parameters":{"binary_data":true}}]}"#
        for _ in 0..<3000 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[index] = .random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(contentsOf: bytes[index...].prefix(20), at: index)
                default: bytes[index] = Array("[]{},:\"0-e.\\".utf8).randomElement(using: &random) ?? 0
                }
            }
            let answer = try await Echo(.bytes).respond(
                HTTPRequest(
                    method: "POST", path: "/v2/models/echo/infer",
                    fields: [
                        "inference-header-content-length": String(Int.random(in: 0...bytes.count, using: &random))
                    ],
                    body: .data(Data(bytes))))
            #expect([200, 400].contains(answer.status), "seed \(seed)")
        }
    }
}

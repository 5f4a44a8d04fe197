import Foundation
import HTTP
import OpenInference
import RPC
import Testing

@Suite struct HTTPInferTests {
    @Test(arguments: [
        (Datatype.bool, "[true,false]"), (.uint8, "[0,255]"), (.uint16, "[0,65535]"), (.uint32, "[1,4294967295]"),
        (.uint64, "[1,18446744073709551615]"), (.int8, "[-128,127]"), (.int16, "[-32768,32767]"),
        (.int32, "[-2147483648,2147483647]"), (.int64, "[-9223372036854775808,9223372036854775807]"),
        (.fp32, "[0.1,-3.4028235e+38]"), (.fp64, "[0.1,1.7976931348623157e+308]"),
        (.bytes, #"["","a\"é\n"]"#),
    ])
    func `elements of every datatype come back as they went`(datatype: Datatype, data: String) async throws {
        let answer = try await Echo(datatype).infer(request(data, datatype: datatype.rawValue))
        #expect(answer.status == 200)
        #expect(
            answer.text == #"{"model_name":"echo","model_version":"1","parameters":{"intended_use":"tests"},"#
                + #""outputs":[{"name":"out","datatype":"\#(datatype.rawValue)","shape":[1,2],"data":\#(data)}]}"#)
    }

    @Test(arguments: ["[1,2,3,4,5,6]", "[[[1,2,3],[4,5,6]]]", " [ [ [1, 2 ,3] , [ 4,5,6 ] ] ] "])
    func `elements stand flat or nested as the shape`(data: String) async throws {
        let answer = try await Echo(.int32, itemShape: [2, 3]).infer(
            request(data, datatype: "INT32", shape: "[1,2,3]"))
        #expect(answer.text.contains(#""data":[1,2,3,4,5,6]"#))
    }

    @Test func `the id comes back, and unknown members are ignored`() async throws {
        let answer = try await Echo().infer(
            request("[1,2]", more: #","id":"a\"1","parameters":{"priority":1,"x":{"y":[]}},"z":[{}]"#))
        #expect(answer.text.contains(#""id":"a\"1""#))
    }

    @Test func `binary tensors follow the JSON in order, both ways`() async throws {
        let bytes = Data(memoryOf: [Float(1), .pi])
        let text =
            #"{"inputs":[{"name":"in","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}],"#
            + #""outputs":[{"name":"out","parameters":{"binary_data":true}}]}"#
        let answer = try await Echo().infer(text, binary: bytes)
        #expect(answer.status == 200)
        #expect(answer.fields["content-type"] == "application/octet-stream")
        let length = try #require(answer.fields["inference-header-content-length"].flatMap { Int($0) })
        #expect(answer.body.dropFirst(length) == bytes)
        #expect(
            String(decoding: answer.body.prefix(length), as: UTF8.self).hasSuffix(
                #""outputs":[{"name":"out","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}]}"#))
    }

    @Test func `binary output is asked for all at once, and an output may differ`() async throws {
        let all = #","parameters":{"binary_data_output":true}"#
        #expect(
            try await Echo().infer(request("[1,2]", more: all)).fields.contains("inference-header-content-length"))
        let one = all + #","outputs":[{"name":"out","parameters":{"binary_data":false}}]"#
        #expect(try await Echo().infer(request("[1,2]", more: one)).text.contains(#""data":[1.0,2.0]"#))
    }

    @Test func `bodies are inflated`() async throws {
        let text = request("[1,2]")
        let gzip = try Gzip.deflate(Data(text.utf8))
        for (encoding, body) in [("gzip", gzip), ("identity", Data(text.utf8))] {
            let answer = try await Echo().respond(
                HTTPRequest(
                    method: "POST", path: "/v2/models/echo/infer", fields: ["content-encoding": encoding],
                    body: .data(body)))
            #expect(answer.status == 200)
        }
        // zlib.compress(b'{"inputs":[]}') of Python
        let zlib = try #require(Data(base64Encoded: "eJyrVsrMKygtKVayio6tBQAiAwTS"))
        let answer = try await Echo().respond(
            HTTPRequest(
                method: "POST", path: "/v2/models/echo/infer", fields: ["content-encoding": "deflate"],
                body: .data(zlib)))
        #expect(answer.text == #"{"error":"missingInput(name: \"in\")"}"#)
    }

    @Test func `a body past the limit is refused, also where it only becomes so large`() async throws {
        let text = request("[1,2]", more: #","x":""# + String(repeating: " ", count: 100_000) + #"""#)
        for (body, encoding) in [(Data(text.utf8), "identity"), (try Gzip.deflate(Data(text.utf8)), "gzip")] {
            let answer = try await Echo().respond(
                HTTPRequest(
                    method: "POST", path: "/v2/models/echo/infer", fields: ["content-encoding": encoding],
                    body: .data(body)), maxBodyBytes: 50_000)
            #expect(answer.status == 413)
        }
    }

    @Test func `a timeout ends the wait`() async throws {
        let echo = Echo { input, context in
            #expect(context.deadline != nil)
            try await Task.sleep(for: .seconds(60))
            return input.bytes
        }
        let answer = try await echo.infer(request("[1,2]", more: #","parameters":{"timeout":1000}"#))
        #expect(answer.status == 504)
    }

    @Test func `what the model throws is mapped, and what it says about a retry goes along`() async throws {
        let echo = Echo { _, context in
            context.response.setLeading("retry-after", "3")
            throw RPCStatus(.resourceExhausted, "full")
        }
        let answer = try await echo.infer(request("[1,2]"))
        #expect(answer.status == 429)
        #expect(answer.fields["retry-after"] == "3")
        #expect(answer.text == #"{"error":"full"}"#)
    }
}

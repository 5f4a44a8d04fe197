import Foundation
import Testing
import Wire

private func read<M: Message>(_ text: String, as type: M.Type = M.self) throws -> M {
    try M(jsonUTF8: Data(text.utf8))
}

private func written(_ message: some Message, pretty: Bool = false) throws -> String {
    String(decoding: try message.jsonUTF8(pretty: pretty), as: UTF8.self)
}

@Suite struct JSONTests {
    @Test func `names are lowerCamelCase, enums names, 64-bit integers strings, bytes base64`() throws {
        let study = Study(studyInstanceUID: "1.2", state: .complete, receivedAtMs: 1_700_000_000_000, instanceCount: 2)
        #expect(
            try written(study)
                == #"{"studyInstanceUid":"1.2","state":"COMPLETE","receivedAtMs":"1700000000000","instanceCount":2}"#)
        #expect(
            try written(Finding(probability: 0.1, heatmapPNG: Data([0xFB, 0xFF])))
                == #"{"probability":0.1,"heatmapPng":"+/8="}"#)
    }

    @Test func `pretty text is indented by two spaces`() throws {
        let response = ListModelsResponse(models: [ModelInfo(ref: ModelRef(), outputs: ["a"])])
        #expect(
            try written(response, pretty: true) == """
                {
                  "models": [
                    {
                      "ref": {},
                      "outputs": [
                        "a"
                      ]
                    }
                  ]
                }
                """)
    }

    @Test func `numbers that are not finite are strings`() throws {
        let vector = Vector3(x: .infinity, y: -.infinity, z: .nan)
        #expect(try written(vector) == #"{"x":"Infinity","y":"-Infinity","z":"NaN"}"#)
        let back = try read(written(vector), as: Vector3.self)
        #expect(back.x == .infinity && back.y == -.infinity && back.z.isNaN)
    }

    @Test func `names of the proto, enum numbers and numbers for 64-bit integers are read too`() throws {
        let study: Study = try read(#"{"study_instance_uid":"1","state":2,"received_at_ms":9007199254740993}"#)
        #expect(study == Study(studyInstanceUID: "1", state: .complete, receivedAtMs: 9_007_199_254_740_993))
    }

    @Test func `null is the default and unknown members are ignored`() throws {
        let text = #" { "model": null, "x": [1, {"y": "\u00e9"}, true, -1.5e3], "mediaType": "a" } "#
        #expect(try read(text) == ClassifyRequest(mediaType: "a"))
    }

    @Test(arguments: ["+/8=", "-_8=", "+/8", "-_8", #"+\/8="#])
    func `base64 of either alphabet is read, padded or not`(text: String) throws {
        #expect(try read(#"{"image":"\#(text)"}"#) == ClassifyRequest(image: Data([0xFB, 0xFF])))
    }

    @Test(arguments: ["A", "A===", "+/8==", "+/8*", "=", "é"])
    func `what is not base64 names its field`(text: String) {
        #expect(
            throws: WireError.unexpectedJSON(
                field: "hilum.v1.ClassifyRequest.image", expected: "a base64 string", offset: 9)
        ) {
            try read(#"{"image":"\#(text)"}"#, as: ClassifyRequest.self)
        }
    }

    @Test(arguments: [
        ("2147483647", Int32.max), ("-2147483648", .min), ("\"7\"", 7), ("1e3", 1000), ("5.0", 5), ("-0", 0),
    ])
    func `integers are read in every notation`(text: String, expected: Int32) throws {
        #expect(try read(#"{"expectedInstances":\#(text)}"#) == SubmitRequest(expectedInstances: expected))
    }

    @Test(arguments: ["2147483648", "1.5", "\"\"", "\" 1\"", "\"0x1\"", "true", "[]", "{}", "1e400", "\"NaN\""])
    func `what is not a 32-bit integer names its field`(text: String) {
        #expect(
            throws: WireError.unexpectedJSON(
                field: "hilum.v1.SubmitRequest.expected_instances", expected: "a 32-bit integer", offset: 21)
        ) {
            try read(#"{"expectedInstances":\#(text)}"#, as: SubmitRequest.self)
        }
    }

    @Test(arguments: ["\"Complete\"", "\"\"", "\"COMPLETE\\u0000\"", "1.5", "2147483648", "true"])
    func `what is no name or number of an enum names its field`(text: String) {
        #expect(
            throws: WireError.unexpectedJSON(
                field: "hilum.v1.Study.state", expected: "a name of the enum or its number", offset: 9)
        ) {
            try read(#"{"state":\#(text)}"#, as: Study.self)
        }
    }

    @Test func `a number too large for its type is refused`() {
        #expect(throws: WireError.self) { try read(#"{"x":1e999}"#, as: Vector3.self) }
        #expect(throws: WireError.self) { try read(#"{"probability":1e39}"#, as: Finding.self) }
        #expect(throws: WireError.self) { try read(#"{"receivedAtMs":"9223372036854775808"}"#, as: Study.self) }
    }

    @Test(arguments: [
        "", " ", "[]", "null", "{", "{\"a\"", "{\"a\":}", "{\"a\":1,}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":tru}", "{\"a\":\"\u{1}\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{'a':1}", "{} {}",
        "{\"a\":1 \"b\":2}",
        "{\"model\":\"\\ud800\"}", "{\"model\":\"\\udc00\\ud800\"}", "{\"a\":\"",
    ])
    func `what is not JSON is refused`(text: String) {
        let error = #expect(throws: WireError.self) { try read(text, as: ClassifyRequest.self) }
        guard case .invalidJSON = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: [
        [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3], [0x80], [0xF0, 0x80, 0x80, 0x80],
    ])
    func `text that is not UTF-8 is refused, in unknown members too`(bytes: [UInt8]) {
        for key in ["model", "unknown"] {
            let text = Data("{\"\(key)\":\"".utf8) + Data(bytes) + Data("\"}".utf8)
            #expect(throws: WireError.self) { try ClassifyRequest(jsonUTF8: text) }
        }
    }

    @Test func `escapes and surrogate pairs are resolved`() throws {
        #expect(
            try read(#"{"m\u006fdel":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}"#)
                == ClassifyRequest(model: "\"\\/\u{8}\u{C}\n\r\té😀"))
    }

    @Test func `a field given twice is refused, under either name`() {
        #expect(throws: WireError.self) { try read(#"{"mediaType":"a","media_type":"b"}"#, as: ClassifyRequest.self) }
    }

    @Test func `a map is an object, and the member of a oneof that is set stands there even as zero`() throws {
        let request = ModelInferRequest(
            id: "1",
            parameters: [
                "b": InferParameter(.uint64(.max)), "a": InferParameter(.bool(false)), "": InferParameter(nil),
            ]
        )
        let text =
            #"{"id":"1","parameters":{"":{},"a":{"boolParam":false},"b":{"uint64Param":"18446744073709551615"}}}"#
        #expect(try written(request) == text)
        #expect(try read(text) == request)
        #expect(try ModelInferRequest(serialized: request.serialized()) == request)
    }

    @Test(arguments: [
        #"{"parameters":[]}"#, #"{"parameters":{"a":1}}"#, #"{"parameters":{"a":{},"a":{}}}"#,
        #"{"parameters":{"a":{"boolParam":true,"int64Param":1}}}"#, #"{"parameters":{"a":{"uint64Param":-1}}}"#,
    ])
    func `what is no map or no oneof is refused`(text: String) {
        #expect(throws: WireError.self) { try read(text, as: ModelInferRequest.self) }
    }

    @Test func `nesting is bounded`() throws {
        func nested(_ depth: Int) -> String {
            #"{"x":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(try read(nested(99)) == ClassifyRequest())
        #expect(throws: WireError.tooDeep(limit: 100)) { try read(nested(100), as: ClassifyRequest.self) }
        #expect(throws: WireError.tooDeep(limit: 100)) { try read(nested(1_000_000), as: ClassifyRequest.self) }
    }

    @Test func `short text that stands for many structs is refused`() {
        let text = #"{"planes":["# + String(repeating: "{},", count: 200_000) + "{}]}"
        let error = #expect(throws: WireError.self) { try read(text, as: PlanViewsResponse.self) }
        guard case .tooLarge = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}

import Foundation
import HTTP
import OpenInference
import Testing

@Suite struct MetadataTests {
    let echo = Echo(unavailable: [UnavailableModel(name: "broken", version: "2", reason: "its weights are missing")])

    @Test(arguments: ["/v2", "/v2/"])
    func `the server says what it is`(path: String) async throws {
        let answer = try await echo.get(path)
        #expect(answer.status == 200)
        #expect(answer.fields["content-type"] == "application/json")
        #expect(
            answer.text == #"{"name":"echo-service","version":"7","extensions":"#
                + #"["binary_tensor_data","model_configuration","statistics"]}"#)
    }

    @Test(arguments: ["/v2/models/echo", "/v2/models/echo/versions/1", "/v2/models/%65cho"])
    func `a model says what it takes and gives, with or without its version`(path: String) async throws {
        let answer = try await echo.get(path)
        #expect(answer.status == 200)
        #expect(
            answer.text == #"{"name":"echo","versions":["1"],"platform":"test","#
                + #""inputs":[{"name":"in","datatype":"FP32","shape":[-1,2]}],"#
                + #""outputs":[{"name":"out","datatype":"FP32","shape":[-1,2]}]}"#)
    }

    @Test func `the configuration leaves the batch out of the extents`() async throws {
        #expect(
            try await echo.get("/v2/models/echo/config").text
                == #"{"name":"echo","platform":"test","backend":"hilum","max_batch_size":4,"#
                + #""input":[{"name":"in","data_type":"TYPE_FP32","dims":[2]}],"#
                + #""output":[{"name":"out","data_type":"TYPE_FP32","dims":[2]}]}"#)
    }

    @Test(arguments: [
        ("/v2/health/live", 200), ("/v2/health/ready", 200), ("/v2/models/echo/ready", 200),
        ("/v2/models/echo/versions/1/ready", 200), ("/v2/models/broken/ready", 400),
        ("/v2/models/broken/versions/2/ready", 400),
    ])
    func `health is a status`(path: String, status: Int) async throws {
        let answer = try await echo.get(path)
        #expect(answer.status == status)
        #expect(answer.text == (status == 200 ? "" : #"{"error":"model version not ready"}"#))
    }

    @Test(arguments: ["other", "echo/versions/2", "broken/versions/1"])
    func `a model that is not there is an error everywhere`(name: String) async throws {
        let expected = #"{"error":"unknownModel(known: [\"echo/1\"])"}"#
        for path in ["", "/ready", "/stats", "/config"] {
            #expect(try await echo.get("/v2/models/\(name)\(path)").text == expected)
        }
        #expect(try await echo.infer("{}", path: "/v2/models/\(name)/infer").text == expected)
    }

    @Test func `the index lists what answers and what does not`() async throws {
        #expect(
            try await echo.get("/v2/repository/index", method: "POST").text
                == #"[{"name":"broken","version":"2","state":"UNAVAILABLE","reason":"its weights are missing"},"#
                + #"{"name":"echo","version":"1","state":"READY","reason":""}]"#)
    }

    @Test(arguments: [
        "/v2/", "/v2/health/live", "/v2/health/ready", "/v2/models/echo", "/v2/models/echo/ready", "/v2/models/stats",
    ])
    func `what is read takes GET and HEAD only`(path: String) async throws {
        for method in ["POST", "PUT", "DELETE"] {
            let answer = try await echo.get(path, method: method)
            #expect(answer.status == 405 && answer.fields["allow"] == "GET, HEAD")
            #expect(answer.text == #"{"error":"use GET"}"#)
        }
        let head = try await echo.get(path, method: "HEAD")
        #expect(head.status == 200 && head.body.isEmpty)
    }

    @Test func `inference takes POST only`() async throws {
        let answer = try await echo.get("/v2/models/echo/infer")
        #expect(answer.status == 405 && answer.fields["allow"] == "POST")
    }

    @Test(arguments: [
        "/v2/nothing", "/v2/models", "/v2/models/", "/v2/models/echo/versions", "/v2/models/echo/versions//ready",
        "/v2//health/live", "/v2/models/echo/infer/more", "/v2/models/%ff", "/v2/models/echo/versions/1/versions/1",
    ])
    func `other paths under v2 are not found`(path: String) async throws {
        #expect(try await echo.get(path).status == 404)
    }

    @Test(arguments: ["/v", "/v20", "/", "/healthz/live"])
    func `other paths are left to others`(path: String) async throws {
        #expect(try await echo.get(path).status == 0)
    }
}

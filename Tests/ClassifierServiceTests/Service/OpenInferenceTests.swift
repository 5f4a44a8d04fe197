import ClassifierService
import Foundation
import HTTP
import Imaging
import OpenInference
import Testing
import Wire

@Suite(.timeLimit(.minutes(5))) struct OpenInferenceTests {
    @Test func `inference on the prepared image gives the probabilities that Classify gives`() async throws {
        let file = try SampleImages.png(SampleImages.chest())
        let square = try ChestImage(file, mediaType: "").presented.square(TestBundle.inputSize)
        let pixels = Data(memoryOf: square.map { ($0 - 0.5) / 0.25 })  // as the bundle says
        let text =
            #"{"inputs":[{"name":"image","datatype":"FP32","shape":[1,1,64,64],"#
            + #""parameters":{"binary_data_size":\#(pixels.count)}}]}"#
        let json = Data(text.utf8)
        try await RunningService.run { _ in
        } _: { service in
            let findings = try await service.classify(ClassifyRequest(image: file)).findings
            let (status, text) = try await service.get(
                "/v2/models/chest-xray/infer", method: "POST",
                fields: ["inference-header-content-length": String(json.count)], body: json + pixels)
            #expect(status == 200)
            let answer = try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
            let codes = try #require(answer["findings"].strings)
            let probabilities = try #require(answer["probabilities"].numbers)
            #expect(codes == TestBundle.allCodes)
            for finding in findings {
                let index = try #require(codes.firstIndex(of: finding.code))
                #expect(probabilities[index] == finding.probability)
            }
        }
    }
}

/// The outputs of an answer in JSON.
private struct Answer: Decodable {
    struct Output: Decodable {
        let name: String
        var numbers: [Float]?
        var strings: [String]?

        enum Key: CodingKey { case name, datatype, data }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            name = try container.decode(String.self, forKey: .name)
            if try container.decode(String.self, forKey: .datatype) == "BYTES" {
                strings = try container.decode([String].self, forKey: .data)
            } else {
                numbers = try container.decode([Float].self, forKey: .data)
            }
        }
    }

    let outputs: [Output]

    subscript(_ name: String) -> Output { outputs.first { $0.name == name } ?? outputs[0] }
}

import Foundation
import Testing
import Wire

@Suite struct BinaryTests {
    @Test func `every field survives the binary form, text with U+0000 included`() throws {
        var request = SubmitRequest(requestID: "a\u{0}b", expectedInstances: -3)
        request.instances = [Data([1, 2, 3]), Data(), Data(repeating: 7, count: 100_000)]
        #expect(try SubmitRequest(serialized: request.serialized()) == request)
    }

    @Test func `nested messages and unknown enum numbers survive the binary form`() throws {
        let plane = ViewPlane(
            view: .unrecognized(77), center: Vector3(x: 1, y: -2, z: .pi), sliceGroup: SliceGroup(count: 3))
        let response = PlanViewsResponse(planes: [plane, ViewPlane()], model: ModelRef(), appliedSteps: ["", "ü"])
        #expect(try PlanViewsResponse(serialized: response.serialized()) == response)
    }

    @Test func `an empty message has no bytes`() throws {
        #expect(try ClassifyRequest().serialized() == Data())
        #expect(try ClassifyRequest(serialized: Data()) == ClassifyRequest())
    }

    @Test func `a message that was read outlives its bytes`() throws {
        var bytes = try ClassifyRequest(image: Data(repeating: 9, count: 1 << 20)).serialized()
        let request = try ClassifyRequest(serialized: bytes)
        bytes.resetBytes(in: 0..<bytes.count)
        #expect(request.image == Data(repeating: 9, count: 1 << 20))
    }

    @Test func `large and small bytes keep their places`() throws {
        let sizes = [1 << 20, 3, (1 << 20) + 1, 0, (1 << 20) - 1, 2 << 20]
        let request = SubmitRequest(instances: sizes.enumerated().map { Data(repeating: UInt8($0), count: $1) })
        #expect(try SubmitRequest(serialized: request.serialized()) == request)
    }

    @Test func `a slice of a larger buffer is read from its own start`() throws {
        let bytes = try ClassifyRequest(model: "m").serialized()
        let slice = (Data([1, 2, 3]) + bytes).dropFirst(3)
        #expect(try ClassifyRequest(serialized: slice).model == "m")
    }

    @Test func `truncated bytes are malformed`() throws {
        let bytes = try ClassifyRequest(image: Data(count: 10)).serialized()
        #expect(throws: WireError.malformed(message: "hilum.v1.ClassifyRequest")) {
            try ClassifyRequest(serialized: bytes.dropLast())
        }
    }

    @Test func `text that is not UTF-8 names its field`() {
        #expect(throws: WireError.invalidUTF8(field: "hilum.v1.ClassifyRequest.model")) {
            try ClassifyRequest(serialized: Data([0x1A, 1, 0xFF]))
        }
    }

    @Test func `few bytes that stand for many structs are refused`() {
        let planes = Data([UInt8](repeating: 0, count: 200_000).enumerated().map { $0.offset % 2 == 0 ? 0x0A : 0 })
        let limit = 200_000 + 32 * 200_000 + 1 << 20
        #expect(throws: WireError.tooLarge(message: "hilum.v1.PlanViewsResponse", limit: limit)) {
            try PlanViewsResponse(serialized: planes)
        }
    }
}

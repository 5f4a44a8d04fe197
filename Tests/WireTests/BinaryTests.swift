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

    @Test(arguments: [0, 65_535, 65_536, 65_537, 1 << 20])
    func `bytes left in place are those that were sent`(count: Int) throws {
        let image = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let request = ClassifyRequest(image: image, mediaType: "image/png", model: "m", requestID: "r")
        let bytes = try request.serialized()
        let read = try ClassifyRequest(serialized: (Data([9]) + bytes).dropFirst())
        #expect(read == request)
        #expect(read.image.startIndex == 0)
        #expect(try read.serialized() == bytes)
    }

    @Test func `of several values of a field the last counts, large or small`() throws {
        let large = try ClassifyRequest(image: Data(repeating: 1, count: 100_000)).serialized()
        let larger = try ClassifyRequest(image: Data(repeating: 2, count: 200_000)).serialized()
        let small = try ClassifyRequest(image: Data([3])).serialized()
        #expect(try ClassifyRequest(serialized: large + larger).image.count == 200_000)
        #expect(try ClassifyRequest(serialized: larger + small + large).image == Data(repeating: 1, count: 100_000))
        #expect(try ClassifyRequest(serialized: large + small).image == Data([3]))
        #expect(try ClassifyRequest(serialized: large + Data([0x0A, 0])).image == Data())
    }

    @Test func `large text is checked too`() throws {
        let request = ClassifyRequest(model: String(repeating: "ä", count: 50_000))
        var bytes = try request.serialized()
        #expect(try ClassifyRequest(serialized: bytes) == request)
        bytes[bytes.count - 1] = 0x20
        #expect(throws: WireError.invalidUTF8(field: "hilum.v1.ClassifyRequest.model")) {
            try ClassifyRequest(serialized: bytes)
        }
    }

    @Test func `a large value in a message that is cut off is malformed`() throws {
        let bytes = try ClassifyRequest(image: Data(count: 100_000), model: "m").serialized()
        for count in [bytes.count - 1, bytes.count - 4, 100_000, 70_000, 4, 1] {
            #expect(throws: WireError.malformed(message: "hilum.v1.ClassifyRequest")) {
                try ClassifyRequest(serialized: bytes.prefix(count))
            }
        }
    }

    @Test func `a large value of an unknown field is skipped`() throws {
        let field = Data([0xA2, 0x06, 0xA0, 0x8D, 0x06]) + Data(count: 100_000)
        #expect(try ClassifyRequest(serialized: field) == ClassifyRequest())
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

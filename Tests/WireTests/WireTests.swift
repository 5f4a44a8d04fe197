import Foundation
import Testing
import Wire

@Suite struct BinaryTests {
    @Test func `a message comes back from its binary form`() throws {
        var request = SubmitRequest(requestID: "a\u{0}b", expectedInstances: -3)
        request.instances = [Data([1, 2, 3]), Data(), Data(repeating: 7, count: 100_000)]
        #expect(try SubmitRequest(serialized: request.serialized()) == request)
    }
    @Test func `nested messages come back from their binary form`() throws {
        let plane = ViewPlane(
            view: .unrecognized(77), center: Vector3(x: 1, y: -2, z: .pi), sliceGroup: SliceGroup(count: 3))
        let response = PlanViewsResponse(planes: [plane, ViewPlane()], model: ModelRef(), appliedSteps: ["", "ü"])
        #expect(try PlanViewsResponse(serialized: response.serialized()) == response)
    }
}

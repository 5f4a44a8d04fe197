import Foundation
import OpenInference
import Testing

@Suite struct TensorTests {
    @Test func `a tensor has as many bytes as its shape and datatype say`() throws {
        let tensor = try Tensor("t", .int16, shape: [2, 3], bytes: Data(count: 12))
        #expect(tensor.batch == 2)
        #expect(throws: InferenceError.wrongByteCount(tensor: "t", expected: 12, found: 11)) {
            try Tensor("t", .int16, shape: [2, 3], bytes: Data(count: 11))
        }
    }

    @Test(arguments: [[-1], [0, 2], [Int.max, 2], [Int.max], [1 << 32, 1 << 32]])
    func `a shape that cannot be is refused`(shape: [Int]) {
        #expect(throws: InferenceError.self) { try Tensor("t", .fp64, shape: shape, bytes: Data()) }
    }

    @Test func `strings carry their lengths and come back`() throws {
        let strings = [Data("a".utf8), Data(), Data([0, 255])]
        let tensor = try Tensor("t", .bytes, shape: [3], bytes: Tensor.bytes(of: strings))
        #expect(tensor.strings == strings)
        #expect(tensor.bytes.prefix(5) == Data([1, 0, 0, 0, 0x61]))
    }

    @Test(arguments: [[2, 0, 0, 0, 1], [1, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 1], [0, 0, 0, 0, 0, 0, 0, 0]])
    func `bytes that are not as many whole strings are refused`(bytes: [UInt8]) {
        #expect(throws: InferenceError.wrongStringCount(tensor: "t", expected: 1)) {
            try Tensor("t", .bytes, shape: [1], bytes: Data(bytes))
        }
    }

    @Test(arguments: 0..<4)
    func `numbers are read wherever the bytes lie`(offset: Int) throws {
        let numbers: [Float] = [1, -2.5, .pi]
        let bytes = (Data(count: offset) + Data(memoryOf: numbers)).dropFirst(offset)
        let tensor = try Tensor("t", .fp32, shape: [3], bytes: bytes)
        #expect(tensor.withFloats { Array($0) } == numbers)
    }
}

import Foundation
import NeuralNetwork
import Testing

struct SafetensorsEncoderTests {
    /// The values as they are read again; nil where the type does not hold them.
    private static func kept(_ values: [Float], as type: StoredType) throws -> [Float]? {
        var encoder = SafetensorsEncoder()
        guard encoder.add("b", values, shape: [values.count], as: type) else { return nil }
        guard encoder.add("a", [7], shape: [1, 1], as: .float32) else { return nil }
        let file = try Safetensors(data: encoder.encoded())
        #expect(file.entries.keys.sorted() == ["a", "b"])
        #expect(file.entries["b"]?.type == type.rawValue)
        #expect(try file.tensor(named: "a", shape: [1, 1]) == [7])
        return try file.tensor(named: "b", shape: [values.count])
    }

    @Test(arguments: [(StoredType.float32, Float(0)), (.float16, 0x1p-11), (.bfloat16, 0x1p-8)])
    func whatIsWrittenReadsTheSameWithinItsType(type: StoredType, step: Float) throws {
        let values: [Float] = [0, -0, 1, -2.5, 1.0 / 3, 1e-3, 240.123, .infinity]
        let found = try #require(try Self.kept(values, as: type))
        for (found, expected) in zip(found, values) where found != expected {
            #expect(abs(found - expected) <= abs(expected) * step)
        }
    }

    @Test func roundingIsToNearestAndTiesGoToEven() throws {
        // Half way between two values of bfloat16, below and above an even one; and a little more.
        let (half, little): (Float, Float) = (0x1p-8, 0x1p-20)
        let found = try Self.kept([1 + half, 1 + 3 * half, 1 + half + little], as: .bfloat16)
        let expected: [Float] = [1, 1 + 4 * half, 1 + 2 * half]
        #expect(found == expected)
    }

    @Test func aValueThatATypeDoesNotHoldIsRefused() throws {
        #expect(try Self.kept([70_000], as: .float16) == nil)
        #expect(try Self.kept([Float.greatestFiniteMagnitude], as: .bfloat16) == nil)
        #expect(try Self.kept([70_000], as: .bfloat16) != nil)
    }
}

import Foundation
import NeuralNetwork
import Testing

@Suite struct `Safetensors files` {
    /// A file from a header and data.
    static func file(_ header: String, data: Data = Data()) -> Data {
        var file = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        file.append(Data(header.utf8))
        file.append(data)
        return file
    }

    static let sample = file(
        #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
            + #""h":{"dtype":"F16","shape":[1,3],"data_offsets":[8,14]},"#
            + #""b":{"dtype":"BF16","shape":[2],"data_offsets":[14,18]},"#
            + #""n":{"dtype":"I64","shape":[],"data_offsets":[18,26]}}"#,
        data: withUnsafeBytes(of: (Float(1.5), Float(-2))) { Data($0) }
            + Data([0x00, 0x3C, 0x01, 0x00, 0x00, 0xFC])  // 1, the smallest subnormal, -infinity
            + Data([0x80, 0x3F, 0x20, 0xC0]) + Data(count: 8))  // 1, -2.5

    @Test func `F32, F16 and BF16 are widened exactly, from any alignment`() throws {
        let tensors = try Safetensors(data: Self.sample)
        #expect(try tensors.tensor(named: "a", shape: [2]) == [1.5, -2])
        #expect(try tensors.tensor(named: "h", shape: [1, 3]) == [1, 0x1p-24, -.infinity])
        #expect(try tensors.tensor(named: "b", shape: [2]) == [1, -2.5])
        #expect(Set(tensors.entries.keys) == ["a", "h", "b", "n"])
    }

    @Test func `a tensor that is missing, misshapen or no number is named`() throws {
        let tensors = try Safetensors(data: Self.sample)
        #expect(throws: NeuralNetworkError.tensorMissing(name: "c")) { try tensors.tensor(named: "c", shape: [1]) }
        #expect(throws: NeuralNetworkError.tensorMisshapen(name: "a", expected: [1, 2], found: [2])) {
            try tensors.tensor(named: "a", shape: [1, 2])
        }
        #expect(throws: NeuralNetworkError.tensorOfUnsupportedType(name: "n", type: "I64")) {
            try tensors.tensor(named: "n", shape: [])
        }
    }

    static let broken: [(String, Data, SafetensorsDefect)] = [
        ("empty", Data(), .tooShort(bytes: 0)),
        ("seven bytes", Data(count: 7), .tooShort(bytes: 7)),
        ("header of 2⁶⁴-1 bytes", Data(repeating: 0xFF, count: 16), .headerTooLong(bytes: .max, limit: 16 << 20)),
        ("header beyond the file", Data([9, 0, 0, 0, 0, 0, 0, 0, 123]), .headerOutsideFile(bytes: 9, file: 9)),
        ("not JSON", file("{nope"), .headerNotJSON),
        ("a list", file("[]"), .headerNotJSON),
        ("deep nesting", file(String(repeating: "[", count: 100_000)), .headerNotJSON),
        ("no shape", file(#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#), .entryMalformed(name: "a")),
        ("unknown type", entry("F31", "[1]", "[0,4]"), .entryMalformed(name: "a")),
        ("three offsets", entry("F32", "[1]", "[0,4,8]"), .entryMalformed(name: "a")),
        ("negative extent", entry("F32", "[-1]", "[0,4]"), .shapeInvalid(name: "a")),
        ("overflowing shape", entry("F32", "[4611686018427387904,4]", "[0,4]"), .shapeInvalid(name: "a")),
        ("rank 9", entry("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), .shapeInvalid(name: "a")),
        ("offsets beyond the data", entry("F32", "[2]", "[0,8]"), .offsetsOutsideFile(name: "a")),
        ("negative offset", entry("F32", "[1]", "[-4,0]"), .offsetsOutsideFile(name: "a")),
        ("reversed offsets", entry("F32", "[1]", "[4,0]"), .offsetsOutsideFile(name: "a")),
        ("size unlike shape", entry("F32", "[2]", "[0,4]"), .sizeDiffersFromShape(name: "a", expected: 8, found: 4)),
        (
            "overlap",
            file(
                #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
                data: Data(count: 4)), .tensorsOverlap(first: "a", second: "b")
        ),
    ]

    static func entry(_ type: String, _ shape: String, _ offsets: String) -> Data {
        file(#"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#, data: Data(count: 4))
    }

    @Test(arguments: broken.indices)
    func `a broken file is a typed error`(index: Int) throws {
        let (name, data, defect) = Self.broken[index]
        #expect(throws: NeuralNetworkError.weightsMalformed(defect), "\(name)") { try Safetensors(data: data) }
    }

    @Test func `a missing file is named without its folder`() {
        #expect(throws: NeuralNetworkError.fileUnreadable(file: "model.safetensors", code: 2)) {
            try Safetensors(path: "/nowhere/model.safetensors")
        }
    }

    @Test func `mutations of a file end in tensors or a typed error`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(state: seed)
        for _ in 0..<5000 {
            var data = Self.sample
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0: data[Int.random(in: 0..<data.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                case 1: data = data.prefix(Int.random(in: 1...data.count, using: &random))
                case 2:
                    data.insert(
                        UInt8.random(in: 0x20...0x7E, using: &random),
                        at: Int.random(in: 0..<data.count, using: &random))
                default: data[Int.random(in: 0..<data.count, using: &random)] = UInt8(ascii: "0")
                }
            }
            data = Data(data)
            do throws(NeuralNetworkError) {
                let tensors = try Safetensors(data: data)
                for (name, entry) in tensors.entries { _ = try? tensors.tensor(named: name, shape: entry.shape) }
            } catch {
                guard case .weightsMalformed = error else {
                    Issue.record("seed \(seed): \(error)")
                    return
                }
            }
        }
    }
}

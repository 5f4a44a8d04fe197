import Foundation
import Wire

/// A generator that gives the same sequence for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Fills every field of a message with random values, edge cases often among them.
struct RandomFields: FieldVisitor {
    var random: SeededGenerator
    var depth = 0

    mutating func field<S: Scalar>(_ number: Int, _ value: inout S) throws(WireError) {
        value = scalar()
    }

    mutating func field<S: Scalar>(_ number: Int, _ values: inout [S]) throws(WireError) {
        values = (0..<Int.random(in: 0...4, using: &random)).map { _ in scalar() }
    }

    mutating func field<S: Scalar>(_ number: Int, _ value: inout S?) throws(WireError) {
        value = Bool.random(using: &random) ? scalar() as S : nil
    }

    mutating func field<M: Message>(_ number: Int, _ value: inout M?) throws(WireError) {
        value = Bool.random(using: &random) ? try message() : nil
    }

    mutating func field<M: Message>(_ number: Int, _ values: inout [M]) throws(WireError) {
        for _ in 0..<Int.random(in: 0...3, using: &random) { values.append(try message()) }
    }

    mutating func field<M: Message>(_ number: Int, _ values: inout [String: M]) throws(WireError) {
        // The forms are compared byte by byte, but the order of entries is each writer's own, and so is whether an
        // empty key is written.
        if Bool.random(using: &random) { values["k" + string()] = try message() }
    }

    mutating func message<M: Message>() throws(WireError) -> M {
        var message = M()
        try message.visitFields(&self)
        return message
    }

    private mutating func scalar<S: Scalar>() -> S {
        S(scalarValue(S.kind)) ?? S.wireDefault
    }

    private mutating func scalarValue(_ kind: ScalarKind) -> ScalarValue {
        switch kind {
        case .int32: .int32(pick([0, 1, -1, .max, .min, .random(in: .min ... .max, using: &random)]))
        case .int64: .int64(pick([0, 1, -1, .max, .min, .random(in: .min ... .max, using: &random)]))
        case .uint32: .uint32(pick([0, 1, .max, .random(in: .min ... .max, using: &random)]))
        case .uint64: .uint64(pick([0, 1, .max, .random(in: .min ... .max, using: &random)]))
        case .float:
            .float(
                pick([
                    0, 1, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
                    .random(in: -1...1, using: &random),
                ]))
        case .double:
            .double(
                pick([
                    0, 1, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
                    .random(in: -1e9...1e9, using: &random),
                ]))
        case .bool: .bool(.random(using: &random))
        case .string: .string(string())
        case .bytes: .bytes(Data((0..<pick([0, 1, 2, 3, 4, 1000])).map { _ in .random(in: 0...255, using: &random) }))
        case .enumeration: .enumeration(pick([0, 1, 2, 3, 99, -1]))
        }
    }

    private mutating func string() -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u{0}", "\u{1F}", "\u{7F}", "é", "ß", "\u{2028}", "漢",
            "\u{FFFD}",
            "\u{FFFF}", "😀", "\u{10FFFF}",
        ]
        var text = ""
        for _ in 0..<pick([0, 1, 5, 20]) { text.unicodeScalars.append(pick(scalars)) }
        return text
    }

    private mutating func pick<T>(_ values: [T]) -> T {
        values[Int.random(in: values.indices, using: &random)]
    }
}

extension Message {
    /// A message whose fields follow from `seed`.
    static func random(seed: UInt64) throws -> Self {
        var fields = RandomFields(random: SeededGenerator(state: seed))
        return try fields.message()
    }
}

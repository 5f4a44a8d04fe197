import CKernels

func widened(_ half: UInt16) -> Float { Float(bitPattern: UInt32(half) << 16) }

/// bfloat16 values at a 64-byte boundary with guard values behind them.
final class AlignedHalves: AlignedOperand {
    private static let guardValue: UInt16 = 0x7fc1
    let pointer: UnsafeMutablePointer<UInt16>
    let count: Int

    init(_ values: [Float]) {
        count = values.count
        pointer = UnsafeMutableRawPointer.allocate(byteCount: (count + 32) * 2, alignment: 64)
            .bindMemory(to: UInt16.self, capacity: count + 32)
        for (index, value) in values.enumerated() { pointer[index] = nn_bf16_rounded(value) }
        for index in count..<count + 32 { pointer[index] = Self.guardValue }
    }

    deinit { pointer.deallocate() }

    var address: UnsafeMutableRawPointer { UnsafeMutableRawPointer(pointer) }

    var values: [Float] { (0..<count).map { widened(pointer[$0]) } }
    var guardIsIntact: Bool { (count..<count + 32).allSatisfy { pointer[$0] == Self.guardValue } }
}

/// Pairs of neighbouring columns at a 64-byte boundary with guard values behind them.
final class AlignedPairs: AlignedOperand {
    private static let guardValue: nn_bf16_pair = 0x7fc1_7fc1
    let pointer: UnsafeMutablePointer<nn_bf16_pair>
    private let count: Int

    init(undefined count: Int) {
        self.count = count
        pointer = UnsafeMutableRawPointer.allocate(byteCount: (count + 16) * 4, alignment: 64)
            .bindMemory(to: nn_bf16_pair.self, capacity: count + 16)
        for index in 0..<count + 16 { pointer[index] = Self.guardValue }
    }

    /// Random lanes.
    convenience init(_ random: inout SeededGenerator, count: Int) {
        self.init(undefined: count)
        let values = random.floats(2 * count).map { nn_bf16_pair(nn_bf16_rounded($0)) }
        for index in 0..<count { pointer[index] = values[2 * index] | values[2 * index + 1] << 16 }
    }

    deinit { pointer.deallocate() }

    var address: UnsafeMutableRawPointer { UnsafeMutableRawPointer(pointer) }

    /// The columns of each pair, lane by lane.
    var values: [Float] {
        (0..<count).flatMap { [widened(UInt16(pointer[$0] & 0xffff)), widened(UInt16(pointer[$0] >> 16))] }
    }
    var guardIsIntact: Bool { (count..<count + 16).allSatisfy { pointer[$0] == Self.guardValue } }
}

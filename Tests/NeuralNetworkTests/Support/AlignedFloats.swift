/// Memory of any type for a kernel.
protocol AlignedOperand: AnyObject {
    var address: UnsafeMutableRawPointer { get }
    var values: [Float] { get }
    var guardIsIntact: Bool { get }
}

/// Floats at a 64-byte boundary, as kernels want them, with guard values behind them.
final class AlignedFloats: AlignedOperand {
    static let guardCount = 16
    let pointer: UnsafeMutablePointer<Float>
    let count: Int

    init(_ values: [Float]) {
        count = values.count
        let bytes = (count + Self.guardCount) * MemoryLayout<Float>.size
        pointer = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
            .bindMemory(to: Float.self, capacity: count + Self.guardCount)
        for (index, value) in values.enumerated() { pointer[index] = value }
        for index in count..<count + Self.guardCount { pointer[index] = .nan }
    }

    convenience init(undefined count: Int) { self.init([Float](repeating: .nan, count: count)) }

    deinit { pointer.deallocate() }

    var address: UnsafeMutableRawPointer { UnsafeMutableRawPointer(pointer) }
    var values: [Float] { (0..<count).map { pointer[$0] } }
    var guardIsIntact: Bool { (count..<count + Self.guardCount).allSatisfy { pointer[$0].isNaN } }
}

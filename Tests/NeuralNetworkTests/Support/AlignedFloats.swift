/// Floats at a 64-byte boundary, as kernels want them, with guard values behind them.
final class AlignedFloats {
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

    var values: [Float] { (0..<count).map { pointer[$0] } }
    var guardIsIntact: Bool { (count..<count + Self.guardCount).allSatisfy { pointer[$0].isNaN } }
}

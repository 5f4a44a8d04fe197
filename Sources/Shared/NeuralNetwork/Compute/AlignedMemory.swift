import Glibc

/// Memory aligned for the kernels, zeroed unless said otherwise, freed with its last reference.
///
/// Weights are filled once and then only read; an arena is used by one inference at a time.
final class AlignedMemory: @unchecked Sendable {  // see above: its owner orders writes before reads
    let base: UnsafeMutableRawPointer
    let bytes: Int
    private static let hugePage = 2 << 20

    /// - Parameter undefined: bytes that the caller will fill before anything reads them.
    init(undefined bytes: Int) {
        let alignment = bytes >= 2 * Self.hugePage ? Self.hugePage : 64
        self.bytes = max(64, (bytes + 63) / 64 * 64)
        base = .allocate(byteCount: self.bytes, alignment: alignment)
        // Fewer page faults and TLB misses; merely a hint.
        if alignment == Self.hugePage { madvise(base, self.bytes, Int32(MADV_HUGEPAGE)) }
    }

    convenience init(bytes: Int) {
        self.init(undefined: bytes)
        memset(base, 0, self.bytes)
    }

    convenience init(_ values: [Float]) {
        self.init(bytes: values.count * MemoryLayout<Float>.size)
        values.withUnsafeBytes { base.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: $0.count) }
    }

    convenience init(_ values: [Int32]) {
        self.init(bytes: values.count * MemoryLayout<Int32>.size)
        values.withUnsafeBytes { base.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: $0.count) }
    }

    deinit { base.deallocate() }

    var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
    var integers: UnsafeMutablePointer<Int32> { base.assumingMemoryBound(to: Int32.self) }
}

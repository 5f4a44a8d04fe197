/// Gives every buffer of a network its place in one arena, so that buffers share memory when they live apart in time.
struct ArenaPlanner: Sendable {
    struct Buffer: Sendable {
        let floats: Int
        var firstUse: Int
        var lastUse: Int
    }

    private(set) var buffers: [Buffer] = []
    private static let alignment = 16  // floats: one cache line

    /// A buffer that is used by no step yet.
    mutating func add(floats: Int) -> Int {
        let rounded = (floats + Self.alignment - 1) / Self.alignment * Self.alignment
        buffers.append(Buffer(floats: rounded, firstUse: .max, lastUse: .min))
        return buffers.count - 1
    }

    /// Records that `step` reads or writes a buffer.
    mutating func use(_ buffer: Int, at step: Int) {
        buffers[buffer].firstUse = min(buffers[buffer].firstUse, step)
        buffers[buffer].lastUse = max(buffers[buffer].lastUse, step)
    }

    /// Places large buffers first, each at the lowest offset where it meets no buffer of its lifetime.
    ///
    /// - Returns: the offset of every buffer and the size of the arena, in floats.
    func place() -> (offsets: [Int], floats: Int) {
        var offsets = [Int](repeating: 0, count: buffers.count)
        var placed: [Int] = []
        var end = 0
        for index in buffers.indices.sorted(by: { buffers[$0].floats > buffers[$1].floats }) {
            let buffer = buffers[index]
            let neighbours = placed.filter { Self.overlap(buffers[$0], buffer) }.sorted { offsets[$0] < offsets[$1] }
            var offset = 0
            for other in neighbours {
                if offset + buffer.floats <= offsets[other] { break }
                offset = max(offset, offsets[other] + buffers[other].floats)
            }
            offsets[index] = offset
            placed.append(index)
            end = max(end, offset + buffer.floats)
        }
        return (offsets, end)
    }

    private static func overlap(_ a: Buffer, _ b: Buffer) -> Bool {
        a.firstUse <= b.lastUse && b.firstUse <= a.lastUse
    }
}

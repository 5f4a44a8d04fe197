/// Finds which of many words are in a file, whatever the case of their letters, as bytes or as UTF-16 of either order.
/// One pass over the file, by the first three bytes of each word.
package struct WordSearch {
    private var found: Set<[UInt8]> = []

    package init(_ words: [[UInt8]], in buffer: UnsafeRawBufferPointer) {
        var patterns: [UInt32: [(pattern: [UInt8], word: [UInt8])]] = [:]
        for word in words {
            // What UTF-16 of both orders has in common.
            let wide: [UInt8] = word.flatMap { (byte: UInt8) -> [UInt8] in [byte, 0] }
            for pattern: [UInt8] in [word, Array(wide.dropLast())] where pattern.count >= 3 {
                patterns[Self.key(pattern[0], pattern[1], pattern[2]), default: []].append((pattern, word))
            }
        }
        // A bit for each pair of first bytes: nearly every place of a file is passed by one look-up.
        var starts = [Bool](repeating: false, count: 1 << 16)
        for key in patterns.keys { starts[Int(key >> 8)] = true }
        guard buffer.count >= 3 else { return }
        starts.withUnsafeBufferPointer { starts in
            var first = Self.small(buffer[0])
            for index in 0..<(buffer.count - 2) {
                let second = Self.small(buffer[index + 1])
                if starts[Int(first) << 8 | Int(second)],
                    let candidates = patterns[Self.key(first, second, Self.small(buffer[index + 2]))]
                {
                    for candidate in candidates where Self.matches(buffer, index, candidate.pattern) {
                        found.insert(candidate.word)
                    }
                }
                first = second
            }
        }
    }

    package func finds(_ word: [UInt8]) -> Bool { found.contains(word) }

    private static func key(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> UInt32 {
        UInt32(a) << 16 | UInt32(b) << 8 | UInt32(c)
    }

    private static func small(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    private static func matches(_ buffer: UnsafeRawBufferPointer, _ start: Int, _ pattern: [UInt8]) -> Bool {
        guard start + pattern.count <= buffer.count else { return false }
        for (offset, byte) in pattern.enumerated() where small(buffer[start + offset]) != byte { return false }
        return true
    }
}

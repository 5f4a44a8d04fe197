import Foundation

/// The segments of an RLE frame (PS3.5 §G.5), measured before DCMTK's decoder runs: it fills a segment that ends too
/// soon with zeros, and such a frame must not pass for a whole one.
enum RLESegments {
    enum Failure: Error { case header, truncated }

    /// - Parameters:
    ///   - count: samples · bytes of a sample.
    ///   - length: bytes that each segment has to make: rows · columns.
    static func check(_ frame: Data, count: Int, length: Int) throws(Failure) {
        let failure = frame.withUnsafeBytes { bytes -> Failure? in
            guard bytes.count > 64 else { return .truncated }
            func word(_ index: Int) -> Int {
                Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
            }
            guard word(0) == count, count <= 15 else { return .header }
            for segment in 1...count {
                let start = word(segment)
                let end = segment < count ? word(segment + 1) : bytes.count
                guard start >= 64, start < end else { return .header }
                guard end <= bytes.count else { return .truncated }
                let part = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                guard bytesMade(by: part, atMost: length) >= length else { return .truncated }
            }
            return nil
        }
        if let failure { throw failure }
    }

    /// The bytes that one segment makes (PS3.5 §G.3.2), counted no further than `length`.
    private static func bytesMade(by segment: UnsafeRawBufferPointer, atMost length: Int) -> Int {
        var (position, made) = (0, 0)
        while position < segment.count, made < length {
            let control = Int(segment[position])
            switch control {
            case 0...127:
                let literal = min(control + 1, segment.count - position - 1)
                made += literal
                position += 1 + literal
            case 129...255:
                guard position + 1 < segment.count else { return made }
                made += 257 - control
                position += 2
            default: position += 1
            }
        }
        return made
    }
}

import Foundation

/// Which fragments of encapsulated pixel data belong to which frame (PS3.5 §A.4).
struct FrameFragments {
    /// One range of fragment numbers a frame; fragment 0 is the offset table.
    let ranges: [Range<Int>]

    /// - Throws: `ImagingError.fewerFrames` where the fragments cannot make up the declared frames.
    init(_ dataSet: DataSet, frames: Int) throws(ImagingError) {
        let sizes = dataSet.fragmentSizes
        let count = max(0, sizes.count - 1)
        guard count >= frames else { throw .fewerFrames(declared: frames, found: count) }
        if frames == 1 {
            ranges = [1..<sizes.count]
        } else if count == frames {
            ranges = (1...frames).map { $0..<($0 + 1) }
        } else {
            var starts = try Self.startsByTable(dataSet, sizes: sizes) ?? []
            if starts.isEmpty { starts = try Self.startsByMarker(dataSet, count: count) }
            guard starts.count >= frames else { throw .fewerFrames(declared: frames, found: starts.count) }
            ranges = (0..<frames).map { starts[$0]..<($0 + 1 < starts.count ? starts[$0 + 1] : sizes.count) }
        }
    }

    /// The first fragment of each frame by the basic offset table; nil where it is empty or points between fragments.
    private static func startsByTable(_ dataSet: DataSet, sizes: [Int]) throws(ImagingError) -> [Int]? {
        let table = try dataSet.fragments(0..<1)
        guard table.count >= 8 else { return nil }
        var fragmentAt: [Int: Int] = [:]
        var offset = 0
        for (index, size) in sizes.enumerated().dropFirst() {
            fragmentAt[offset] = index
            offset += 8 + size
        }
        let offsets = table.withUnsafeBytes { bytes in
            (0..<(bytes.count / 4)).map {
                Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
        let starts = offsets.compactMap { fragmentAt[$0] }
        let ascending = zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 }
        return starts.count == offsets.count && ascending ? starts : nil
    }

    /// The fragments that begin with a start-of-image or start-of-codestream marker.
    private static func startsByMarker(_ dataSet: DataSet, count: Int) throws(ImagingError) -> [Int] {
        var starts: [Int] = []
        for index in 1...count {
            let head = [UInt8](try dataSet.fragments(index..<(index + 1)).prefix(3))
            if head.starts(with: [0xFF, 0xD8, 0xFF]) || head.starts(with: [0xFF, 0x4F, 0xFF]) { starts.append(index) }
        }
        return starts
    }
}

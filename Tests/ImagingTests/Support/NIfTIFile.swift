import Foundation

/// A NIfTI file made field by field, so that any of them can be wrong.
struct NIfTIFile {
    enum Version { case one, two }

    var version = Version.one
    var bigEndian = false
    var dimensions: [Int64] = [3, 5, 4, 3, 1, 1, 1, 1]
    var datatype: Int16 = 4
    var intent: Int32 = 0
    var pixelDimensions: [Double] = [1, 2, 3, 4, 1, 1, 1, 1]
    var slope = 0.0
    var intercept = 0.0
    var qformCode: Int32 = 0
    var sformCode: Int32 = 0
    var quaternion = [0.0, 0, 0]
    var quaternionOffset = [0.0, 0, 0]
    var sform = [Double](repeating: 0, count: 12)
    var units: UInt8 = 2
    var magic: String?
    var voxelOffset: Double?
    /// The voxels' bytes, in the file's byte order.
    var voxels = Data()

    private func put<T: FixedWidthInteger>(_ value: T, at offset: Int, in file: inout Data) {
        withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) {
            file.replaceSubrange(offset..<offset + $0.count, with: $0)
        }
    }

    mutating func setVoxels<T: FixedWidthInteger>(bits: [T]) {
        voxels = Data()
        for value in bits {
            withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) { voxels.append(contentsOf: $0) }
        }
    }

    var bytes: Data {
        let headerSize = version == .one ? 348 : 540
        var file = Data(count: headerSize + 4)
        func put32(_ value: Double, _ offset: Int) { put(Float(value).bitPattern, at: offset, in: &file) }
        func put64(_ value: Double, _ offset: Int) { put(value.bitPattern, at: offset, in: &file) }
        put(Int32(headerSize), at: 0, in: &file)
        let offset = voxelOffset ?? Double(headerSize + 4)
        switch version {
        case .one:
            for (index, value) in dimensions.enumerated() {
                put(Int16(truncatingIfNeeded: value), at: 40 + 2 * index, in: &file)
            }
            put(Int16(intent), at: 68, in: &file)
            put(datatype, at: 70, in: &file)
            for (index, value) in pixelDimensions.enumerated() { put32(value, 76 + 4 * index) }
            put32(offset, 108)
            put32(slope, 112)
            put32(intercept, 116)
            file[123] = units
            put(Int16(qformCode), at: 252, in: &file)
            put(Int16(sformCode), at: 254, in: &file)
            for (index, value) in (quaternion + quaternionOffset).enumerated() { put32(value, 256 + 4 * index) }
            for (index, value) in sform.enumerated() { put32(value, 280 + 4 * index) }
            file.replaceSubrange(344..<348, with: Data((magic ?? "n+1\0").utf8))
        case .two:
            file.replaceSubrange(4..<12, with: Data((magic ?? "n+2\0\r\n\u{1a}\n").utf8))
            put(datatype, at: 12, in: &file)
            for (index, value) in dimensions.enumerated() { put(value, at: 16 + 8 * index, in: &file) }
            for (index, value) in pixelDimensions.enumerated() { put64(value, 104 + 8 * index) }
            put(Int64(offset), at: 168, in: &file)
            put64(slope, 176)
            put64(intercept, 184)
            put(qformCode, at: 344, in: &file)
            put(sformCode, at: 348, in: &file)
            for (index, value) in (quaternion + quaternionOffset).enumerated() { put64(value, 352 + 8 * index) }
            for (index, value) in sform.enumerated() { put64(value, 400 + 8 * index) }
            put(Int32(units), at: 500, in: &file)
            put(intent, at: 504, in: &file)
        }
        return file + voxels
    }
}

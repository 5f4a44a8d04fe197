package import Foundation

extension Volume {
    /// The volume as a gzipped NIfTI-1 file: float32, sform and lengths in mm, RAS.
    ///
    /// - Parameter description: at most 79 ASCII characters for `descrip`; no patient data.
    /// - Throws: `NIfTIError.invalidField` where an extent exceeds the 16 bits of NIfTI-1.
    package func niftiGzip(description: String = "") throws(NIfTIError) -> Data {
        guard max(columns, rows, slices) <= Int(Int16.max) else { throw .invalidField(name: "dim") }
        var file = Data(count: 352)
        func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
            withUnsafeBytes(of: value.littleEndian) { file.replaceSubrange(offset..<offset + $0.count, with: $0) }
        }
        func put(_ value: Double, at offset: Int) { put(Float(value).bitPattern, at: offset) }

        put(Int32(348), at: 0)
        for (index, extent) in [3, columns, rows, slices, 1, 1, 1, 1].enumerated() {
            put(Int16(extent), at: 40 + 2 * index)
        }
        put(Int16(NIfTIDatatype.float32.rawValue), at: 70)
        put(Int16(32), at: 72)  // bitpix
        let sides = affine.spacing
        for (index, side) in [1, sides.x, sides.y, sides.z, 1, 1, 1, 1].enumerated() { put(side, at: 76 + 4 * index) }
        put(352.0, at: 108)  // vox_offset
        put(1.0, at: 112)  // scl_slope
        file[123] = 2  // xyzt_units: mm
        let text = description.utf8.filter { $0 < 128 }.prefix(79)
        file.replaceSubrange(148..<148 + text.count, with: text)
        put(Int16(1), at: 254)  // sform_code: scanner coordinates
        let steps = [affine.columnStep, affine.rowStep, affine.sliceStep, affine.origin]
        for (index, v) in steps.enumerated() {
            put(-v.x, at: 280 + 4 * index)
            put(-v.y, at: 296 + 4 * index)
            put(v.z, at: 312 + 4 * index)
        }
        file.replaceSubrange(344..<348, with: Data("n+1\0".utf8))
        voxels.map(\.bitPattern.littleEndian).withUnsafeBytes { file.append(contentsOf: $0) }
        return try Gzip.pack(file)
    }
}

import Foundation

/// The fields of a NIfTI-1 or NIfTI-2 header that say where voxels lie and what they are
/// (nifti1.h and nifti2.h of the NIfTI Data Format Working Group).
struct NIfTIHeader {
    /// Extents along i, j, k and the further axes, all positive.
    let extents: [Int]
    let datatype: NIfTIDatatype
    let voxelOffset: Int
    let scale: (slope: Double, intercept: Double)?
    /// Voxel (i, j, k) to RAS, in the header's unit.
    let affineRAS: Affine
    let orientation: Orientation
    let millimetresPerUnit: Double
    let isBigEndian: Bool

    enum Orientation { case sform, qform, none }

    /// - Throws: `NIfTIError` naming the field.
    init(_ bytes: Data) throws(NIfTIError) {
        let fields = try Fields(bytes)
        isBigEndian = fields.isBigEndian
        try Self.checkContent(fields)
        extents = try Self.readExtents(fields)
        let code = Int(fields.datatype)
        guard let datatype = NIfTIDatatype(rawValue: code) else { throw .unsupportedDatatype(code: code) }
        self.datatype = datatype
        guard fields.voxelOffset.isFinite, fields.voxelOffset >= Double(fields.headerSize),
            fields.voxelOffset < 1e9
        else { throw .invalidField(name: "vox_offset") }
        voxelOffset = Int(fields.voxelOffset)
        scale = try Self.readScale(fields)
        (affineRAS, orientation) = try Self.readAffine(fields)
        millimetresPerUnit = [1: 1000, 3: 0.001][fields.units & 7] ?? 1
    }

    private static func checkContent(_ fields: Fields) throws(NIfTIError) {
        guard !fields.isHeaderOnly else { throw .headerWithoutVoxels }
        // 3000…3099 is CIFTI-2, 2001…2018 are data that need not be images (surfaces, labels, point sets).
        let intent = Int(fields.intent)
        guard !(3000...3099).contains(intent), ![1006, 1008, 1009, 2001, 2002, 2004, 2005].contains(intent) else {
            throw .notAnImage(intentCode: intent)
        }
    }

    private static func readExtents(_ fields: Fields) throws(NIfTIError) -> [Int] {
        let axes = fields.dimensions[0]
        guard (1...7).contains(axes) else { throw .invalidField(name: "dim[0]") }
        var extents = [Int]()
        for axis in 1...Int(axes) {
            guard let extent = Int(exactly: fields.dimensions[axis]), extent > 0 else {
                throw .invalidField(name: "dim[\(axis)]")
            }
            extents.append(extent)
        }
        return extents + Array(repeating: 1, count: max(0, 3 - extents.count))
    }

    /// A slope of 0 or one that is not a number means: no scaling.
    private static func readScale(_ fields: Fields) throws(NIfTIError) -> (slope: Double, intercept: Double)? {
        guard fields.slope.isFinite, fields.slope != 0 else { return nil }
        guard fields.intercept.isFinite else { throw .invalidField(name: "scl_inter") }
        return (fields.slope, fields.intercept)
    }

    private static func readAffine(_ fields: Fields) throws(NIfTIError) -> (Affine, Orientation) {
        if fields.sformCode > 0 {
            let s = fields.sform
            let affine = Affine(
                columnStep: Vector3D(s[0], s[4], s[8]), rowStep: Vector3D(s[1], s[5], s[9]),
                sliceStep: Vector3D(s[2], s[6], s[10]), origin: Vector3D(s[3], s[7], s[11]))
            guard affine.isInvertible else { throw .invalidField(name: "srow_x, srow_y, srow_z") }
            return (affine, .sform)
        }
        let sides = try fields.pixelSides()
        guard fields.qformCode > 0 else {
            let affine = Affine(spacing: Vector3D(sides[0], sides[1], sides[2]), origin: .zero)
            guard affine.isInvertible else { throw .invalidField(name: "pixdim") }
            return (affine, .none)
        }
        let affine = try quaternionAffine(fields, sides: sides)
        guard affine.isInvertible else { throw .invalidField(name: "qoffset_x, qoffset_y, qoffset_z") }
        return (affine, .qform)
    }

    /// Method 2 of nifti1.h: rotation by the unit quaternion a, b, c, d, the third axis times qfac.
    private static func quaternionAffine(_ fields: Fields, sides: [Double]) throws(NIfTIError) -> Affine {
        var (b, c, d) = fields.quaternion
        let square = b * b + c * c + d * d
        guard square.isFinite, square < 1.01 else { throw .invalidField(name: "quatern_b, quatern_c, quatern_d") }
        var a = 0.0
        if square > 1 - 1e-7 {  // a rotation by 180°: rounding must not make it longer than 1
            let length = square.squareRoot()
            (b, c, d) = (b / length, c / length, d / length)
        } else {
            a = (1 - square).squareRoot()
        }
        let qfac = fields.pixelDimensions[0] < 0 ? -1.0 : 1.0
        return Affine(
            columnStep: Vector3D(a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)) * sides[0],
            rowStep: Vector3D(2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)) * sides[1],
            sliceStep: Vector3D(2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c)
                * (sides[2] * qfac),
            origin: fields.quaternionOffset)
    }
}

/// Voxel types that hold one real number.
enum NIfTIDatatype: Int {
    case uint8 = 2
    case int16 = 4
    case int32 = 8
    case float32 = 16
    case float64 = 64
    case int8 = 256
    case uint16 = 512
    case uint32 = 768
    case int64 = 1024
    case uint64 = 1280

    var byteCount: Int {
        switch self {
        case .uint8, .int8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }
}

extension NIfTIHeader {
    /// The raw fields of either version, at their places in the file.
    private struct Fields {
        let isBigEndian: Bool
        let headerSize: Int
        let isHeaderOnly: Bool
        let dimensions: [Int64]
        let pixelDimensions: [Double]
        let datatype: Int16
        let intent: Int32
        let voxelOffset: Double
        let slope: Double
        let intercept: Double
        let sformCode: Int32
        let qformCode: Int32
        let quaternion: (Double, Double, Double)
        let quaternionOffset: Vector3D
        let sform: [Double]
        let units: Int

        init(_ bytes: Data) throws(NIfTIError) {
            guard bytes.count >= 4 else { throw .notNIfTI }
            let sizes = [false, true].map { ByteReader(bytes, bigEndian: $0).int32(0) }
            guard let match = sizes.firstIndex(where: { $0 == 348 || $0 == 540 }) else { throw .notNIfTI }
            isBigEndian = match == 1
            headerSize = Int(sizes[match])
            guard bytes.count >= headerSize else { throw .truncated(needed: headerSize, found: bytes.count) }
            let reader = ByteReader(bytes, bigEndian: isBigEndian)
            if headerSize == 348 {
                guard let headerOnly = Self.magic(reader, at: 344, version: "1") else { throw .notNIfTI }
                isHeaderOnly = headerOnly
                dimensions = (0..<8).map { Int64(reader.int16(40 + 2 * $0)) }
                intent = Int32(reader.int16(68))
                datatype = reader.int16(70)
                pixelDimensions = (0..<8).map { Double(reader.float32(76 + 4 * $0)) }
                voxelOffset = Double(reader.float32(108))
                slope = Double(reader.float32(112))
                intercept = Double(reader.float32(116))
                units = Int(reader.uint8(123))
                qformCode = Int32(reader.int16(252))
                sformCode = Int32(reader.int16(254))
                let q = (0..<6).map { Double(reader.float32(256 + 4 * $0)) }
                quaternion = (q[0], q[1], q[2])
                quaternionOffset = Vector3D(q[3], q[4], q[5])
                sform = (0..<12).map { Double(reader.float32(280 + 4 * $0)) }
            } else {
                guard let headerOnly = Self.magic(reader, at: 4, version: "2") else { throw .notNIfTI }
                isHeaderOnly = headerOnly
                datatype = reader.int16(12)
                dimensions = (0..<8).map { reader.int64(16 + 8 * $0) }
                pixelDimensions = (0..<8).map { reader.float64(104 + 8 * $0) }
                voxelOffset = Double(reader.int64(168))
                slope = reader.float64(176)
                intercept = reader.float64(184)
                qformCode = reader.int32(344)
                sformCode = reader.int32(348)
                let q = (0..<6).map { reader.float64(352 + 8 * $0) }
                quaternion = (q[0], q[1], q[2])
                quaternionOffset = Vector3D(q[3], q[4], q[5])
                sform = (0..<12).map { reader.float64(400 + 8 * $0) }
                units = Int(truncatingIfNeeded: reader.int32(500))
                intent = reader.int32(504)
            }
        }

        /// "n+1" and "n+2" hold the voxels in the same file, "ni1" and "ni2" do not; nil for anything else.
        private static func magic(_ reader: ByteReader, at offset: Int, version: Character) -> Bool? {
            let text = (0..<3).map { Character(UnicodeScalar(reader.uint8(offset + $0))) }
            guard text[0] == "n", text[2] == version, reader.uint8(offset + 3) == 0 else { return nil }
            return text[1] == "+" ? false : text[1] == "i" ? true : nil
        }

        /// pixdim[1…3]: lengths of a voxel's sides, positive.
        func pixelSides() throws(NIfTIError) -> [Double] {
            for axis in 1...3 where !(pixelDimensions[axis].isFinite && pixelDimensions[axis] > 0) {
                throw .invalidField(name: "pixdim[\(axis)]")
            }
            return Array(pixelDimensions[1...3])
        }
    }
}

/// Numbers at byte offsets, either byte order. Offsets are the caller's to have checked.
struct ByteReader {
    private let bytes: Data
    private let bigEndian: Bool

    init(_ bytes: Data, bigEndian: Bool) {
        self.bytes = bytes
        self.bigEndian = bigEndian
    }

    private func integer<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T {
        let raw = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
        return bigEndian ? T(bigEndian: raw) : T(littleEndian: raw)
    }

    func uint8(_ offset: Int) -> UInt8 { integer(offset, as: UInt8.self) }
    func int16(_ offset: Int) -> Int16 { integer(offset, as: Int16.self) }
    func int32(_ offset: Int) -> Int32 { integer(offset, as: Int32.self) }
    func int64(_ offset: Int) -> Int64 { integer(offset, as: Int64.self) }
    func float32(_ offset: Int) -> Float { Float(bitPattern: integer(offset, as: UInt32.self)) }
    func float64(_ offset: Int) -> Double { Double(bitPattern: integer(offset, as: UInt64.self)) }
}

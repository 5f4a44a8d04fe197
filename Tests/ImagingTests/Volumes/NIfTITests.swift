import Foundation
import Imaging
import Testing

struct NIfTITests {
    private static let count = 5 * 4 * 3

    /// 60 voxels of 0, 1, 2, …
    private static func counting(
        _ version: NIfTIFile.Version = .one, bigEndian: Bool = false, _ change: (inout NIfTIFile) -> Void = { _ in }
    ) -> Data {
        var file = NIfTIFile()
        file.version = version
        file.bigEndian = bigEndian
        file.setVoxels(bits: (0..<count).map { UInt16($0) })
        change(&file)
        return file.bytes
    }

    private static func error(_ bytes: Data, limits: VolumeLimits = VolumeLimits()) -> ImagingError? {
        do throws(ImagingError) { _ = try Volume(nifti: bytes, limits: limits) } catch { return error }
        return nil
    }

    @Test(arguments: [NIfTIFile.Version.one, .two], [false, true])
    func `both versions and byte orders give the same volume`(version: NIfTIFile.Version, bigEndian: Bool) throws {
        let volume = try Volume(
            nifti: Self.counting(version, bigEndian: bigEndian) {
                $0.sformCode = 1
                $0.sform = [2, 0, 0, -10, 0, 3, 0, 20, 0, 0.5, 4, 30]
            })
        #expect((volume.columns, volume.rows, volume.slices) == (5, 4, 3))
        #expect(volume.voxels == (0..<Self.count).map(Float.init))
        #expect(
            volume.affine
                == Affine(
                    columnStep: Vector3D(-2, 0, 0), rowStep: Vector3D(0, -3, 0.5), sliceStep: Vector3D(0, 0, 4),
                    origin: Vector3D(10, -20, 30)))
        #expect(volume.appliedSteps == ["took orientation from the sform"])
        #expect(volume.frameOfReferenceUID == nil)
    }

    @Test func `every real datatype is read`() throws {
        func check<T: FixedWidthInteger>(_ code: Int16, _ bits: [T], _ expected: [Float]) throws {
            for bigEndian in [false, true] {
                let volume = try Volume(
                    nifti: Self.counting(bigEndian: bigEndian) {
                        $0.datatype = code
                        $0.dimensions = [3, 2, 2, 2, 1, 1, 1, 1]
                        $0.setVoxels(bits: bits)
                    })
                #expect(volume.voxels == expected, "datatype \(code)")
            }
        }
        try check(2, [0, 1, 2, 3, 127, 128, 254, 255] as [UInt8], [0, 1, 2, 3, 127, 128, 254, 255])
        try check(256, [0, 1, 2, 3, 127, 128, 254, 255] as [UInt8], [0, 1, 2, 3, 127, -128, -2, -1])
        try check(4, [0, 1, 2, 3, 4, 0x7fff, 0x8000, 0xffff] as [UInt16], [0, 1, 2, 3, 4, 32767, -32768, -1])
        try check(512, [0, 1, 2, 3, 4, 0x7fff, 0x8000, 0xffff] as [UInt16], [0, 1, 2, 3, 4, 32767, 32768, 65535])
        try check(8, [0, 1, 2, 3, 4, 5, 0x8000_0000, 0xffff_ffff] as [UInt32], [0, 1, 2, 3, 4, 5, -2_147_483_648, -1])
        try check(
            768, [0, 1, 2, 3, 4, 5, 0x8000_0000, 0xffff_ffff] as [UInt32],
            [0, 1, 2, 3, 4, 5, 2_147_483_648, 4_294_967_296])
        try check(1024, [0, 1, 2, 3, 4, 5, 6, .max] as [UInt64], [0, 1, 2, 3, 4, 5, 6, -1])
        try check(1280, [0, 1, 2, 3, 4, 5, 6, 1 << 63] as [UInt64], [0, 1, 2, 3, 4, 5, 6, 9_223_372_036_854_775_808])
        let floats: [Float] = [0, -1.5, 2.25, 3e30, 4, 5, 6, 7]
        try check(16, floats.map(\.bitPattern), floats)
        try check(64, floats.map { Double($0).bitPattern }, floats)
    }

    @Test func `voxels are scaled, and what is no number becomes 0 and is named`() throws {
        let scaled = try Volume(
            nifti: Self.counting {
                $0.slope = 0.5
                $0.intercept = -3
            })
        #expect(scaled.voxels[10] == 2)
        #expect(scaled.appliedSteps.first == "applied scl_slope and scl_inter")
        let broken = try Volume(
            nifti: Self.counting {
                $0.datatype = 16
                $0.setVoxels(bits: (0..<Self.count).map { $0 == 7 ? Float.nan.bitPattern : Float(1).bitPattern })
            })
        #expect(broken.voxels[7] == 0)
        #expect(broken.appliedSteps.contains("set voxels that are no numbers to 0"))
    }

    @Test func `the sform goes before the qform, and pixdim comes last`() throws {
        let quarterTurn = (0.5).squareRoot()  // 90° about z
        func volume(sform: Int32, qform: Int32, qfac: Double = 1) throws -> Volume {
            try Volume(
                nifti: Self.counting {
                    $0.sformCode = sform
                    $0.sform = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
                    $0.qformCode = qform
                    $0.quaternion = [0, 0, quarterTurn]
                    $0.quaternionOffset = [5, 6, 7]
                    $0.pixelDimensions[0] = qfac
                })
        }
        #expect(try volume(sform: 1, qform: 1).affine.columnStep == Vector3D(-1, 0, 0))
        let turned = try volume(sform: 0, qform: 1, qfac: -1)
        #expect((turned.affine.columnStep - Vector3D(0, -2, 0)).length < 1e-6)
        #expect((turned.affine.rowStep - Vector3D(3, 0, 0)).length < 1e-6)
        #expect((turned.affine.sliceStep - Vector3D(0, 0, -4)).length < 1e-6)
        #expect(turned.affine.origin == Vector3D(-5, -6, 7))
        let bare = try volume(sform: 0, qform: 0)
        #expect(bare.affine.columnStep == Vector3D(-2, 0, 0))
        #expect(bare.appliedSteps == ["no orientation in the file: took the axes as right, anterior and superior"])
    }

    @Test func `lengths in metres become mm`() throws {
        let volume = try Volume(
            nifti: Self.counting {
                $0.units = 1
                $0.pixelDimensions = [1, 0.002, 0.002, 0.002, 1, 1, 1, 1]
            })
        #expect((volume.affine.spacing - Vector3D(2, 2, 2)).length < 1e-5)
        #expect(volume.appliedSteps.contains("converted lengths to mm"))
    }

    @Test func `of a time series the first volume is taken and named`() throws {
        let volume = try Volume(
            nifti: Self.counting {
                $0.dimensions = [4, 5, 4, 3, 2, 1, 1, 1]
                $0.setVoxels(bits: (0..<2 * Self.count).map { UInt16($0) })
            })
        #expect(volume.voxels.last == Float(Self.count - 1))
        #expect(volume.appliedSteps.first == "took the first of 2 volumes")
    }

    @Test func `a hostile header ends in an error that names its field`() {
        #expect(Self.error(Data()) == .nifti(.notNIfTI))
        #expect(Self.error(Data(repeating: 65, count: 1000)) == .nifti(.notNIfTI))
        #expect(Self.error(Self.counting { $0.magic = "n-1\0" }) == .nifti(.notNIfTI))
        #expect(Self.error(Self.counting { $0.magic = "ni1\0" }) == .nifti(.headerWithoutVoxels))
        #expect(Self.error(Self.counting().prefix(200)) == .nifti(.truncated(needed: 348, found: 200)))
        #expect(Self.error(Self.counting().prefix(400)) == .nifti(.truncated(needed: 472, found: 400)))
        #expect(Self.error(Self.counting { $0.dimensions[0] = 9 }) == .nifti(.invalidField(name: "dim[0]")))
        #expect(Self.error(Self.counting { $0.dimensions[2] = -4 }) == .nifti(.invalidField(name: "dim[2]")))
        #expect(Self.error(Self.counting { $0.datatype = 128 }) == .nifti(.unsupportedDatatype(code: 128)))
        #expect(Self.error(Self.counting { $0.datatype = 32 }) == .nifti(.unsupportedDatatype(code: 32)))
        #expect(Self.error(Self.counting { $0.intent = 3001 }) == .nifti(.notAnImage(intentCode: 3001)))
        #expect(Self.error(Self.counting { $0.voxelOffset = -8 }) == .nifti(.invalidField(name: "vox_offset")))
        #expect(Self.error(Self.counting { $0.voxelOffset = .nan }) == .nifti(.invalidField(name: "vox_offset")))
        #expect(Self.error(Self.counting { $0.pixelDimensions[3] = 0 }) == .nifti(.invalidField(name: "pixdim[3]")))
        #expect(
            Self.error(Self.counting { $0.sformCode = 1 }) == .nifti(.invalidField(name: "srow_x, srow_y, srow_z")))
        #expect(
            Self.error(
                Self.counting {
                    $0.qformCode = 1
                    $0.quaternion = [1, 1, 1]
                }) == .nifti(.invalidField(name: "quatern_b, quatern_c, quatern_d")))
        #expect(
            Self.error(
                Self.counting(.two) {
                    $0.sformCode = 1
                    $0.sform = [2, 0, 0, 1e300, 0, 3, 0, 20, 0, 0.5, 4, 30]
                }) == .nifti(.invalidField(name: "srow_x, srow_y, srow_z")))
        let limit = VolumeLimits().maxVoxels
        let tooMany = ImagingError.volume(.tooManyVoxels(found: limit + 1, limit: limit))
        #expect(Self.error(Self.counting { $0.dimensions = [3, 32767, 32767, 32767, 1, 1, 1, 1] }) == tooMany)
        #expect(Self.error(Self.counting(.two) { $0.dimensions = [3, .max, .max, .max, 1, 1, 1, 1] }) == tooMany)
        #expect(
            Self.error(Self.counting { $0.dimensions = [2, 10, 6, 1, 1, 1, 1, 1] })
                == .volume(.tooFewSlices(found: 1, required: 2)))
    }

    @Test func `a gzip file that is cut, damaged or a bomb is refused`() throws {
        let volume = try Volume(nifti: Self.counting())
        let packed = try volume.niftiGzip()
        #expect(Self.error(packed.dropLast(12)) == .nifti(.damagedGzip))
        #expect(Self.error(packed.prefix(20)) == .nifti(.damagedGzip))
        var damaged = packed
        damaged[damaged.count / 2] ^= 0xff
        #expect(Self.error(damaged) != nil)
        let bomb = try Gzip.pack(Data(count: 4 << 20))
        var limits = VolumeLimits()
        limits.maxUnpackedBytes = 1 << 20
        #expect(bomb.count < 10_000)
        #expect(Self.error(bomb, limits: limits) == .nifti(.tooLarge(limit: 1 << 20)))
    }

    @Test(arguments: UInt64(1)...20)
    func `what is written is read back`(seed: UInt64) throws {
        var random = Seeded(seed)
        let (row, column) = random.axes()
        let grid = Grid(
            columns: 6, rows: 5, slices: 4,
            affine: Affine(
                columnStep: row * 1.5, rowStep: column * 2, sliceStep: column.cross(row) * 8,
                origin: random.point(within: 300)))
        let voxels = (0..<grid.voxelCount).map { _ in Float(random.uniform() * 2000 - 1000) }
        let read = try Volume(nifti: Volume(grid: grid, voxels: voxels).niftiGzip(description: "test"))
        #expect(read.voxels == voxels)
        for corner in zip(read.grid.corners, grid.corners) { #expect((corner.0 - corner.1).length < 1e-4) }
    }

    @Test(arguments: UInt64(1)...2000)
    func `arbitrary changes to a file never crash the reader`(seed: UInt64) {
        var random = Seeded(seed)
        var bytes = Self.counting(seed % 2 == 0 ? .one : .two)
        for _ in 0..<(1 + Int(random.uniform() * 12)) {
            bytes[Int(random.uniform() * Double(min(bytes.count, 560)))] = UInt8.random(in: 0...255, using: &random)
        }
        if seed % 3 == 0 { bytes = bytes.prefix(Int(random.uniform() * Double(bytes.count))) }
        let volume = try? Volume(nifti: bytes)
        #expect(volume.map { $0.voxels.count == $0.grid.voxelCount } ?? true)
    }
}

import Imaging
import Testing

struct SliceStackTests {
    private static func slice(
        _ index: Int, at position: Vector3D, row: Vector3D = .left, column: Vector3D = .posterior, series: String = "1",
        frame: String = "2", rows: Int = 8, spacing: Double = 1.5
    ) throws -> Slice {
        Slice(
            plane: try ImagePlane(
                position: position, row: row, column: column, rowSpacing: spacing, columnSpacing: 1.5, rows: rows,
                columns: 10),
            seriesInstanceUID: series, frameOfReferenceUID: frame, index: index)
    }

    private static func axial(_ positions: [Double]) throws -> [Slice] {
        try positions.enumerated().map { try slice($0, at: Vector3D(-5, 7, $1)) }
    }

    @Test(arguments: UInt64(1)...30)
    func `any order gives the same stack, sorted along the normal`(seed: UInt64) throws {
        var random = Seeded(seed)
        let (row, column) = random.axes()
        let normal = row.cross(column)
        let start = random.point(within: 200)
        let lean = row * (random.uniform() * 0.5)
        var slices = try (0..<12).map {
            try Self.slice($0, at: start + (normal * 8 + lean) * Double($0), row: row, column: column)
        }
        slices.shuffle(using: &random)
        let stack = try SliceStack(slices)
        #expect(stack.order == Array(0..<12), "seed \(seed)")
        #expect(stack.grid.slices == 12)
        let last = stack.grid.affine.point(Vector3D(3, 2, 11))
        #expect((last - (start + (normal * 8 + lean) * 11 + row * 4.5 + column * 3)).length < 1e-9)
    }

    @Test func `what is wrong is named with its values`() throws {
        func error(_ slices: [Slice], minSlices: Int = 2) -> VolumeError? {
            do throws(VolumeError) { _ = try SliceStack(slices, minSlices: minSlices) } catch { return error }
            return nil
        }
        let even = try Self.axial([0, 8, 16, 24, 32, 40])
        #expect(error(even) == nil)
        #expect(error([]) == .noInstances)
        #expect(error(even, minSlices: 7) == .tooFewSlices(found: 6, required: 7))
        #expect(try error(Self.axial([0, 8, 8, 16, 24])) == .duplicatePosition(images: 1, slice: 1))
        #expect(try error(Self.axial([0, 0, 0, 0])) == .duplicatePosition(images: 3, slice: 0))
        #expect(
            try error(Self.axial([0, 8, 16, 32, 40, 48]))
                == .missingSlices(missing: 1, expected: 8, found: 16, afterSlice: 2))
        #expect(
            try error(Self.axial([0, 8, 16, 40, 48, 56, 64]))
                == .missingSlices(missing: 2, expected: 8, found: 24, afterSlice: 2))
        #expect(
            try error(Self.axial([0, 8, 16, 24, 35, 43])) == .unevenSpacing(expected: 8, found: 11, afterSlice: 3))
        #expect(
            try error(Self.axial([0, 8, 12, 20, 28])) == .unevenSpacing(expected: 8, found: 4, afterSlice: 1))
        #expect(try error(even + [Self.slice(6, at: Vector3D(-5, 7, 48), series: "9")]) == .mixedSeries(found: 2))
        #expect(
            try error(even + [Self.slice(6, at: Vector3D(-5, 7, 48), frame: "9")]) == .mixedFrameOfReference(found: 2))
        #expect(
            try error(even + [Self.slice(6, at: Vector3D(-5, 7, 48), rows: 9)])
                == .mixedSize(expectedRows: 8, expectedColumns: 10, foundRows: 9, foundColumns: 10))
        #expect(
            try error(even + [Self.slice(6, at: Vector3D(-5, 7, 48), spacing: 1.6)])
                == .mixedPixelSpacing(expected: 1.5, found: 1.6))
        #expect(
            try error(even + [Self.slice(6, at: Vector3D(-5, 7, 48), row: .posterior, column: .foot)])
                == .mixedOrientation(degrees: 90))
        var bent = even
        bent[3] = try Self.slice(3, at: Vector3D(-4, 7, 24))
        #expect(error(bent) == .unalignedSlices(offset: 1))
    }

    @Test func `rounding of positions within the tolerance passes, beyond it not`() throws {
        #expect(throws: Never.self) { try SliceStack(Self.axial([0, 8.05, 16, 24])) }
        #expect(throws: VolumeError.self) { try SliceStack(Self.axial([0, 8.1, 16, 24])) }
    }
}

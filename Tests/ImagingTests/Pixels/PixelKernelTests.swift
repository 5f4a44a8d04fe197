import CPixels
import Imaging
import Testing

/// Every tier that this CPU has against plain sums, around the edges of its vectors.
struct PixelKernelTests {
    private static let tiers = [PX_TIER_PORTABLE, PX_TIER_AVX2, PX_TIER_AVX512].filter {
        px_kernels_for_tier($0) != nil
    }

    private static func kernels(_ tier: px_tier) throws -> px_kernels {
        try #require(px_kernels_for_tier(tier)).pointee
    }

    private static func numbers(_ count: Int, seed: UInt64) -> [Float] {
        var random = RandomNumbers(seed: seed)
        return (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    }

    @Test(arguments: tiers.map(\.rawValue), [1, 31, 32, 33, 64, 100])
    func `the span of words is that of its lowest and highest, at any address`(tier: UInt32, count: Int) throws {
        let kernels = try Self.kernels(px_tier(tier))
        var random = RandomNumbers(seed: UInt64(count))
        for offset in 0..<2 {
            let words = (0..<count).map { _ in UInt16.random(in: 100...60000, using: &random) }
            let bytes = [UInt8](repeating: 0, count: offset) + words.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
            var (low, high): (UInt16, UInt16) = (0, 0)
            bytes.withUnsafeBytes { kernels.span($0.baseAddress! + offset, count, &low, &high) }
            #expect(low == words.min() && high == words.max())
        }
    }

    @Test(arguments: tiers.map(\.rawValue), [0, 1, 31, 32, 33, 100])
    func `words outside a span are counted, as a whole and place by place`(tier: UInt32, count: Int) throws {
        let kernels = try Self.kernels(px_tier(tier))
        var random = RandomNumbers(seed: UInt64(count))
        let words = (0..<count).map { _ in UInt16.random(in: 0...9, using: &random) * 7281 }
        for (low, high) in [(UInt16(7281), UInt16(50967)), (0, 7280), (60000, 65535), (0, 65535), (14562, 14562)] {
            let bytes = [UInt8](repeating: 0, count: 1) + words.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
            var counts = [UInt32](repeating: 5, count: count + 1)
            let found = bytes.withUnsafeBytes { bytes in
                kernels.mark_outside(bytes.baseAddress! + 1, count, low, high - low, &counts)
                return kernels.count_outside(bytes.baseAddress! + 1, count, low, high - low)
            }
            let isOutside = words.map { $0 < low || $0 > high }
            #expect(found == isOutside.filter(\.self).count)
            #expect(counts == isOutside.map { $0 ? 6 : 5 } + [5])
        }
    }

    @Test(arguments: tiers.map(\.rawValue), [1, 15, 16, 17, 31, 32, 33, 100])
    func `words lie on a ramp that is cut off at both ends, at any address`(tier: UInt32, count: Int) throws {
        let kernels = try Self.kernels(px_tier(tier))
        var random = RandomNumbers(seed: UInt64(count))
        for slope: Float in [1 / 40000, -1 / 30000] {
            let ramp = px_ramp(offset: slope < 0 ? 1.2 : -0.25, slope: slope, low: 0, high: 1)
            let words = (0..<count).map { _ in UInt16.random(in: 0...UInt16.max, using: &random) }
            let bytes = [UInt8](repeating: 0, count: 1) + words.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
            var out = [Float](repeating: .nan, count: count + 8)
            bytes.withUnsafeBytes { kernels.on_ramp($0.baseAddress! + 1, count, ramp, &out) }
            for (word, value) in zip(words, out) {
                let expected = min(max(Double(ramp.offset) + Double(slope) * Double(word), 0), 1)
                #expect(abs(Double(value) - expected) < 1e-6)
            }
            let isGuardIntact = out.suffix(8).allSatisfy { $0.isNaN }
            #expect(isGuardIntact)
        }
    }

    @Test(arguments: tiers.map(\.rawValue), [1, 15, 16, 17, 31, 32, 33, 50, 80])
    func `rows are added up by their weights, and nothing is written beyond`(tier: UInt32, count: Int) throws {
        let kernels = try Self.kernels(px_tier(tier))
        let rows = (0..<5).map { Self.numbers(count, seed: UInt64($0 * 100 + count)) }
        let weights = Self.numbers(5, seed: 9)
        var out = [Float](repeating: .nan, count: count + 8)
        var pointers: [UnsafePointer<Float>] = []
        let kept = rows.map { row in
            let copy = UnsafeMutablePointer<Float>.allocate(capacity: count)
            copy.initialize(from: row, count: count)
            pointers.append(UnsafePointer(copy))
            return copy
        }
        defer { kept.forEach { $0.deallocate() } }
        kernels.weighted_rows(pointers, weights, 5, &out, count)
        for i in 0..<count {
            let expected = (0..<5).reduce(0.0) { $0 + Double(weights[$1]) * Double(rows[$1][i]) }
            #expect(abs(Double(out[i]) - expected) < 1e-5)
        }
        let isGuardIntact = out.suffix(8).allSatisfy { $0.isNaN }
        #expect(isGuardIntact)
    }

    @Test(arguments: tiers.map(\.rawValue), [1, 15, 16, 17, 32, 35])
    func `a matrix is multiplied by a vector row by row, and nothing is written beyond`(
        tier: UInt32, columns: Int
    ) throws {
        let kernels = try Self.kernels(px_tier(tier))
        let vector = Self.numbers(columns, seed: 3)
        for rows in [1, 3, 4, 5, 9] {
            let matrix = Self.numbers(rows * columns, seed: UInt64(rows))
            var out = [Float](repeating: .nan, count: rows + 4)
            kernels.matrix_vector(matrix, vector, rows, columns, &out)
            for row in 0..<rows {
                let expected = (0..<columns).reduce(0.0) {
                    $0 + Double(matrix[row * columns + $1]) * Double(vector[$1])
                }
                #expect(abs(Double(out[row]) - expected) < 1e-5)
            }
            let isGuardIntact = out.suffix(4).allSatisfy { $0.isNaN }
            #expect(isGuardIntact)
        }
    }

    @Test(arguments: tiers.map(\.rawValue), [1, 3, 15, 16, 17, 32, 35])
    func `a box of voxels is added up by the weights of three axes`(tier: UInt32, nx: Int) throws {
        let kernels = try Self.kernels(px_tier(tier))
        let (columns, rows, ny, nz) = (40, 7, 4, 3)
        let voxels = Self.numbers(columns * rows * 5, seed: 5)
        let (wx, wy, wz) = (Self.numbers(nx, seed: 1), Self.numbers(ny, seed: 2), Self.numbers(nz, seed: 3))
        let first = (1 * rows + 2) * columns + 3
        let found = voxels.withUnsafeBufferPointer {
            kernels.weighted_box($0.baseAddress! + first, columns, columns * rows, wx, nx, wy, ny, wz, nz)
        }
        var expected = 0.0
        for z in 0..<nz {
            for y in 0..<ny {
                for x in 0..<nx {
                    let weight = Double(wz[z]) * Double(wy[y]) * Double(wx[x])
                    expected += weight * Double(voxels[first + (z * rows + y) * columns + x])
                }
            }
        }
        #expect(abs(Double(found) - expected) < 1e-4)
    }

    @Test(arguments: tiers.map(\.rawValue), [[5, 4, 3], [1, 4, 3], [5, 1, 1], [2, 2, 2]])
    func `a line of samples is trilinear inside and 0 outside`(tier: UInt32, extent: [Int]) throws {
        let kernels = try Self.kernels(px_tier(tier))
        let voxels = Self.numbers(extent.reduce(1, *), seed: 4)
        let (start, step, reach, count) = ([-1.0, -0.8, -0.7], [0.21, 0.17, 0.13], 0.5, 40)
        var values = [Float](repeating: .nan, count: count + 4)
        var inside = [Bool](repeating: false, count: count)
        kernels.trilinear_row(voxels, extent, reach, start, step, count, &values, &inside)
        for i in 0..<count {
            let at = (0..<3).map { start[$0] + step[$0] * Double(i) }
            let isInside = (0..<3).allSatisfy { at[$0] >= -reach && at[$0] <= Double(extent[$0] - 1) + reach }
            #expect(inside[i] == isInside)
            #expect(abs(Double(values[i]) - (isInside ? Self.trilinear(voxels, extent, at) : 0)) < 1e-5)
        }
        let isGuardIntact = values.suffix(4).allSatisfy { $0.isNaN }
        #expect(isGuardIntact)
    }

    /// Every voxel weighted by how near it is along each axis.
    private static func trilinear(_ voxels: [Float], _ extent: [Int], _ point: [Double]) -> Double {
        let at = (0..<3).map { min(max(point[$0], 0), Double(extent[$0] - 1)) }
        var sum = 0.0
        for z in 0..<extent[2] {
            for y in 0..<extent[1] {
                for x in 0..<extent[0] {
                    let near = zip([x, y, z], at).map { max(0, 1 - abs(Double($0) - $1)) }
                    sum += near.reduce(1, *) * Double(voxels[(z * extent[1] + y) * extent[0] + x])
                }
            }
        }
        return sum
    }
}

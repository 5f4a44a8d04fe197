import Foundation
import Imaging

/// Cleans pixel data: regions with burned-in text, comments inside compressed frames, overlays in unused bits.
struct PixelCleaner {
    let dataSet: DataSet

    /// Blackens regions of every frame; compressed pixels are uncompressed for it.
    func blacken(_ regions: [RegionRules.Region]) throws(DeidentificationError) {
        do throws(ImagingError) { try dataSet.uncompressPixelData() } catch { throw .imaging(error) }
        var pixels = try NativePixels(dataSet)
        for region in regions { pixels.blacken(region) }
        try pixels.put(into: dataSet)
    }

    /// Whether an overlay lies in bits of the pixels that show nothing (PS3.3 2004 §C.9.2).
    var hasEmbeddedOverlay: Bool {
        dataSet.tags.contains { tag in
            (0x6000...0x60FF).contains(tag.group) && tag.element == 0x0102 && (dataSet.int(tag) ?? 0) > 0
        }
    }

    /// Clears the bits that show nothing.
    func clearUnusedBits() throws(DeidentificationError) {
        guard dataSet.fragmentSizes.isEmpty else { throw .unsupportedPixels(reason: "an overlay in compressed pixels") }
        var pixels = try NativePixels(dataSet)
        pixels.clearUnusedBits()
        try pixels.put(into: dataSet)
    }

    /// Blanks comments inside compressed frames.
    ///
    /// - Throws: `DeidentificationError.unsupportedTransferSyntax` where we cannot look into the frames.
    func blankComments(_ syntax: String) throws(DeidentificationError) {
        let sizes = dataSet.fragmentSizes
        guard sizes.count > 1 else { return }
        guard let known = TransferSyntax(rawValue: syntax), let codec = known.codec else {
            throw .unsupportedTransferSyntax(uid: syntax)
        }
        guard codec != .rle else { return }
        do {
            var index = 1
            var frame = 0
            while index < sizes.count {
                var end = index + 1
                while end < sizes.count, try !beginsFrame(end) { end += 1 }
                try blank(index..<end, sizes, frame: frame)
                index = end
                frame += 1
            }
        } catch let error as ImagingError {
            throw .imaging(error)
        } catch let error as DeidentificationError {
            throw error
        } catch {
            throw .unreadableCodestream(frame: 0)
        }
    }

    private func beginsFrame(_ fragment: Int) throws -> Bool {
        let head = [UInt8](try dataSet.fragments(fragment..<(fragment + 1)).prefix(8))
        return CodestreamComments.starts.contains { head.starts(with: $0) }
    }

    /// One frame, in its fragments.
    private func blank(_ range: Range<Int>, _ sizes: [Int], frame: Int) throws {
        let original = [UInt8](try dataSet.fragments(range))
        let blanked = try CodestreamComments(blanking: original, frame: frame).bytes
        guard blanked != original else { return }
        var offset = 0
        for index in range {
            try dataSet.setFragment(index, Data(blanked[offset..<(offset + sizes[index])]))
            offset += sizes[index]
        }
    }
}

/// Uncompressed samples of 8 or 16 bits.
private struct NativePixels {
    private let rows: Int
    private let columns: Int
    private let samples: Int
    private let frames: Int
    private let bytesPerSample: Int
    private let isPlanar: Bool
    private let photometric: String
    private let mask: UInt16
    private let black: UInt16
    private let vr: String
    private var bytes: [UInt8]

    init(_ dataSet: DataSet) throws(DeidentificationError) {
        let dimensions = [Tag.rows, .columns].map { dataSet.int($0) ?? 0 }
        let bits = dataSet.int(.bitsAllocated) ?? 0
        let stored = dataSet.int(.bitsStored) ?? bits
        let high = dataSet.int(.highBit) ?? stored - 1
        photometric = dataSet.string(.photometricInterpretation) ?? ""
        samples = dataSet.int(.samplesPerPixel) ?? 1
        frames = max(1, dataSet.int(.numberOfFrames) ?? 1)
        (rows, columns) = (dimensions[0], dimensions[1])
        guard bits == 8 || bits == 16, (1...4).contains(samples), (1...65_535).contains(rows),
            (1...65_535).contains(columns), (1...1_000_000).contains(frames), (1...bits).contains(stored),
            (stored - 1..<bits).contains(high), photometric != "YBR_FULL_422"
        else { throw .unsupportedPixels(reason: "their layout") }
        bytesPerSample = bits / 8
        isPlanar = samples > 1 && dataSet.int(.planarConfiguration) == 1
        let range = UInt16((1 << stored) - 1)
        mask = range << UInt16(high + 1 - stored)
        let isSigned = dataSet.int(.pixelRepresentation) == 1
        black = photometric == "MONOCHROME1" && !isSigned ? mask : 0
        vr = bits > 8 ? "OW" : "OB"
        do throws(ImagingError) {
            bytes = try dataSet.bytes(.pixelData).map { [UInt8]($0) } ?? []
        } catch {
            throw .imaging(error)
        }
        let (size, overflow) = (rows * columns * samples * bytesPerSample).multipliedReportingOverflow(by: frames)
        guard !overflow, bytes.count >= size else { throw .unsupportedPixels(reason: "their number") }
    }

    mutating func blacken(_ region: RegionRules.Region) {
        let right = min(columns, region.x + min(region.width, columns))
        let bottom = min(rows, region.y + min(region.height, rows))
        guard region.x < right, region.y < bottom else { return }
        for frame in 0..<frames {
            for row in region.y..<bottom {
                for column in region.x..<right {
                    for sample in 0..<samples { set(frame, row, column, sample) }
                }
            }
        }
    }

    private mutating func set(_ frame: Int, _ row: Int, _ column: Int, _ sample: Int) {
        let pixel = row * columns + column
        let index =
            frame * rows * columns * samples
            + (isPlanar ? sample * rows * columns + pixel : pixel * samples + sample)
        // Grey of YBR is 128 in both colours (PS3.3 §C.7.6.3.1.2).
        let value = photometric.hasPrefix("YBR") && sample > 0 ? 1 << UInt16(8 * bytesPerSample - 1) : black
        bytes[index * bytesPerSample] = UInt8(value & 0xFF)
        if bytesPerSample == 2 { bytes[index * 2 + 1] = UInt8(value >> 8) }
    }

    mutating func clearUnusedBits() {
        for index in stride(from: 0, to: bytes.count - bytesPerSample + 1, by: bytesPerSample) {
            bytes[index] &= UInt8(mask & 0xFF)
            if bytesPerSample == 2 { bytes[index + 1] &= UInt8(mask >> 8) }
        }
    }

    func put(into dataSet: DataSet) throws(DeidentificationError) {
        do throws(ImagingError) { try dataSet.set(.pixelData, bytes: Data(bytes), vr: vr) } catch {
            throw .imaging(error)
        }
    }
}

package import Foundation

/// How a frame is to be shown (PS3.18 §8.3.5.1).
package struct FrameRendering: Equatable, Sendable {
    /// Instead of what the file says.
    package var window: VOITransform?
    /// The part of the frame that is shown; nil: all of it.
    package var region: ImageRegion?
    /// The frame, or its part, is made as large as fits into this many rows and columns; nil: one to one.
    package var viewport: (rows: Int, columns: Int)?
    /// As in a mirror, from left to right and from top to bottom.
    package var isFlippedHorizontally = false
    package var isFlippedVertically = false

    package init() {}

    package static func == (left: FrameRendering, right: FrameRendering) -> Bool {
        left.window == right.window && left.region == right.region
            && left.viewport?.rows == right.viewport?.rows && left.viewport?.columns == right.viewport?.columns
            && left.isFlippedHorizontally == right.isFlippedHorizontally
            && left.isFlippedVertically == right.isFlippedVertically
    }

    /// Shows one frame, counted from 0: grey ones by modality LUT and window, colour as it is.
    ///
    /// - Throws: `ImagingError` naming what stands against it.
    package func render(_ dataSet: DataSet, frame: Int) throws(ImagingError) -> RenderedFrame {
        let planes: [[Float]]
        let size: (rows: Int, columns: Int)
        if dataSet.int(.samplesPerPixel) ?? 1 > 1 {
            (planes, size) = try Self.colour(dataSet, frame: frame)
        } else {
            var image = try ImageDecoder.decode(dataSet, frame: frame)
            if let window { image.voi = window }
            let presented = try image.presented()
            planes = [presented.pixels]
            size = (presented.rows, presented.columns)
        }
        let shown =
            region?.clipped(rows: size.rows, columns: size.columns)
            ?? ImageRegion(rows: 0..<size.rows, columns: 0..<size.columns)
        guard !shown.rows.isEmpty, !shown.columns.isEmpty else {
            throw .invalidAttribute(keyword: "viewport", found: "outside of the image")
        }
        let target = fitted(shown)
        let resized = planes.map { resize($0, columns: size.columns, region: shown, to: target) }
        return RenderedFrame(
            rows: target.rows, columns: target.columns, channels: planes.count, pixels: interleaved(resized, target))
    }

    private func fitted(_ region: ImageRegion) -> (rows: Int, columns: Int) {
        guard let viewport else { return (region.rows.count, region.columns.count) }
        let scale = min(
            Double(viewport.rows) / Double(region.rows.count), Double(viewport.columns) / Double(region.columns.count))
        return (
            max(1, Int((Double(region.rows.count) * scale).rounded())),
            max(1, Int((Double(region.columns.count) * scale).rounded()))
        )
    }

    private func resize(
        _ plane: [Float], columns: Int, region: ImageRegion, to target: (rows: Int, columns: Int)
    ) -> [Float] {
        var part = plane
        if region.rows.count * region.columns.count != plane.count {
            part = region.rows.flatMap { row in
                plane[(row * columns + region.columns.lowerBound)..<(row * columns + region.columns.upperBound)]
            }
        }
        guard target != (region.rows.count, region.columns.count) else { return part }
        let (rows, width) = (region.rows.count, region.columns.count)
        let horizontal = TriangleFilter(from: width, to: target.columns, offset: 0, available: width)
        let vertical = TriangleFilter(from: rows, to: target.rows, offset: 0, available: rows)
        return PixelRows.numbers(part).withReader { Resize(columns: width, horizontal, vertical).resized($0) }
    }

    private func interleaved(_ planes: [[Float]], _ size: (rows: Int, columns: Int)) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: size.rows * size.columns * planes.count) { out, count in
            for (channel, plane) in planes.enumerated() {
                for row in 0..<size.rows {
                    let from = (isFlippedVertically ? size.rows - 1 - row : row) * size.columns
                    for column in 0..<size.columns {
                        let place = from + (isFlippedHorizontally ? size.columns - 1 - column : column)
                        out[(row * size.columns + column) * planes.count + channel] =
                            UInt8((min(max(plane[place], 0), 1) * 255).rounded())
                    }
                }
            }
            count = size.rows * size.columns * planes.count
        }
    }

    /// Red, green and blue, 0…1.
    private static func colour(
        _ dataSet: DataSet, frame: Int
    ) throws(ImagingError) -> ([[Float]], (rows: Int, columns: Int)) {
        let reader = try FrameReader(dataSet)
        let layout = reader.layout
        guard layout.samplesPerPixel == 3 else {
            throw .unsupportedAttribute(keyword: Tag.samplesPerPixel.keyword, found: String(layout.samplesPerPixel))
        }
        let samples = ColourSamples(bytes: [UInt8](try reader.native(frame)), layout: layout)
        return (samples.redGreenBlue(), (layout.rows, layout.columns))
    }
}

/// Pixels to be shown: 8 bits, grey or RGB by pixel.
package struct RenderedFrame: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    /// 1 or 3.
    package let channels: Int
    package let pixels: [UInt8]

    /// - Parameter quality: 1…100.
    package func jpeg(quality: Int) throws(ImagingError) -> Data {
        try JPEGCodec.encode(pixels, rows: rows, columns: columns, channels: channels, quality: quality)
    }

    package func png() throws(ImagingError) -> Data {
        channels == 3
            ? try PNGImage.encode(rgb: pixels, rows: rows, columns: columns)
            : try PNGImage.encode(grey: pixels, rows: rows, columns: columns)
    }
}

/// The samples of one native colour frame.
private struct ColourSamples {
    let bytes: [UInt8]
    let layout: FrameLayout

    func redGreenBlue() -> [[Float]] {
        let pixels = layout.rows * layout.columns
        let isYBR = layout.photometricInterpretation.hasPrefix("YBR_FULL")
        let scale = 1 / Float((1 << layout.bitsStored) - 1)
        var planes = [[Float]](repeating: [Float](repeating: 0, count: pixels), count: 3)
        for pixel in 0..<pixels {
            var (first, second, third) = (
                sample(pixel, 0) * scale, sample(pixel, 1) * scale, sample(pixel, 2) * scale
            )
            if isYBR {
                // PS3.3 §C.7.6.3.1.2, YBR_FULL.
                let (luminance, blue, red) = (first, second - 0.5, third - 0.5)
                first = luminance + 1.402 * red
                second = luminance - 0.344136 * blue - 0.714136 * red
                third = luminance + 1.772 * blue
            }
            planes[0][pixel] = first
            planes[1][pixel] = second
            planes[2][pixel] = third
        }
        return planes
    }

    private func sample(_ pixel: Int, _ channel: Int) -> Float {
        let pixels = layout.rows * layout.columns
        let index: Int
        if layout.photometricInterpretation == "YBR_FULL_422" {
            // Two pixels share four samples: Y Y B R.
            index = pixel / 2 * 4 + (channel == 0 ? pixel % 2 : channel + 1)
        } else {
            index = layout.isPlanar ? channel * pixels + pixel : pixel * 3 + channel
        }
        if layout.bitsAllocated == 8 { return index < bytes.count ? Float(bytes[index]) : 0 }
        guard 2 * index + 1 < bytes.count else { return 0 }
        return Float(Int(bytes[2 * index]) | Int(bytes[2 * index + 1]) << 8)
    }
}

extension ImageRegion {
    fileprivate func clipped(rows height: Int, columns width: Int) -> ImageRegion {
        ImageRegion(rows: rows.clamped(to: 0..<height), columns: columns.clamped(to: 0..<width))
    }
}

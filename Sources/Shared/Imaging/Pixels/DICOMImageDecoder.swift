import Foundation

/// The pixel data of one data set to values after the modality LUT.
struct DICOMImageDecoder {
    private let dataSet: DataSet
    private let description: PixelDescription
    private let groups: FunctionalGroups
    private let syntax: TransferSyntax
    private var steps: [String] = []
    private var mapping: (transform: ModalityTransform, bits: Int, table: SampleMapping)?

    init(_ dataSet: DataSet, limits: ImageLimits) throws(ImagingError) {
        self.dataSet = dataSet
        syntax = try Self.syntax(dataSet)
        guard dataSet.contains(.pixelData) else {
            for tag in [Tag.floatPixelData, .doubleFloatPixelData] where dataSet.contains(tag) {
                throw .unsupportedAttribute(keyword: tag.keyword, found: "present")
            }
            throw .missingAttribute(keyword: Tag.pixelData.keyword)
        }
        description = try PixelDescription(dataSet, limits: limits)
        groups = FunctionalGroups(dataSet)
    }

    /// A data set built here, or one of a file without meta information, is native.
    static func syntax(_ dataSet: DataSet) throws(ImagingError) -> TransferSyntax {
        guard let uid = dataSet.transferSyntaxUID else { return .explicitVRLittleEndian }
        guard let syntax = TransferSyntax(rawValue: uid) else {
            throw .unsupportedTransferSyntax(uid: DefinedTerm.printable(uid))
        }
        return syntax
    }

    /// - Parameter only: the one frame to decode, counted from 0; nil: all.
    consuming func decode(only: Int? = nil) throws(ImagingError) -> DecodedImage {
        let frames = only.map { $0..<($0 + 1) } ?? 0..<description.frames
        guard frames.lowerBound >= 0, frames.upperBound <= description.frames else {
            throw .fewerFrames(declared: frames.upperBound, found: description.frames)
        }
        let frameDecoder: FrameDecoder? =
            if let codec = syntax.codec {
                try FrameDecoder(dataSet, description: description, syntax: syntax, codec: codec)
            } else {
                nil
            }
        if frameDecoder == nil { try description.checkNativeLength(dataSet) }
        let pixels = description.rows * description.columns
        var values = [Float](repeating: 0, count: pixels * frames.count)
        let paddingRule = description.samplesPerPixel == 1 ? PixelPadding(dataSet, description) : nil
        var padding = paddingRule.map { _ in [Bool](repeating: false, count: values.count) }
        for (index, frame) in frames.enumerated() {
            let decoded = try frameDecoder?.frame(frame)
            let range = (index * pixels)..<((index + 1) * pixels)
            try fill(&values, range, frame: frame, decoded: decoded)
            if let rule = paddingRule { try mark(&padding, range, frame: frame, decoded: decoded, rule: rule) }
        }
        if let found = padding, !found.contains(true) { padding = nil }
        if let rule = paddingRule, padding != nil { steps.append(rule.step) }
        return try image(values: values, padding: padding, frames: frames)
    }

    private func image(
        values: [Float], padding: [Bool]?, frames: Range<Int>
    ) throws(ImagingError) -> DecodedImage {
        let transform = try ModalityTransform(
            dataSet, groups: groups, frame: frames.lowerBound, isSigned: description.isSigned)
        var inputIsSigned = description.isSigned
        if case .linear(_, let intercept) = transform, intercept < 0 { inputIsSigned = true }
        if case .table = transform { inputIsSigned = false }
        let isColour = description.samplesPerPixel > 1
        let photometric = isColour ? "MONOCHROME2" : description.photometricInterpretation
        return DecodedImage(
            rows: description.rows, columns: description.columns, frames: frames.count, values: values,
            bitsStored: description.bitsStored, photometricInterpretation: photometric,
            metadata: ImageMetadata(dataSet), appliedSteps: steps,
            voi: try VOITransform(dataSet, groups: groups, frame: frames.lowerBound, inputIsSigned: inputIsSigned),
            isInverted: Self.isInverted(dataSet, photometric), padding: padding)
    }

    /// Either attribute asks for the inversion, and both together ask for the same one: a data set is MONOCHROME1
    /// exactly where its PresentationLUTShape is INVERSE (PS3.3 §C.8.11.3.1.2). So INVERSE never undoes MONOCHROME1.
    private static func isInverted(_ dataSet: DataSet, _ photometric: String) -> Bool {
        photometric == "MONOCHROME1" || dataSet.string(.presentationLUTShape)?.uppercased() == "INVERSE"
    }

    // MARK: Samples

    private mutating func fill(
        _ values: inout [Float], _ range: Range<Int>, frame: Int, decoded: DecodedFrame?
    ) throws(ImagingError) {
        let description = decoded?.description ?? description
        if description.samplesPerPixel > 1 {
            return try fillLuminance(&values, range, frame: frame, decoded: decoded, description)
        }
        let transform = try ModalityTransform(dataSet, groups: groups, frame: frame, isSigned: description.isSigned)
        let table = self.table(for: transform, description, frame: frame)
        try forEachChunk(frame: frame, decoded: decoded) { bytes, firstPixel in
            values.withUnsafeMutableBufferPointer { all in
                let out = UnsafeMutableBufferPointer(rebasing: all[(range.lowerBound + firstPixel)..<range.upperBound])
                if description.bitsAllocated == 8 {
                    table.map8(bytes, into: out)
                } else {
                    table.map16(bytes, into: out)
                }
            }
        }
    }

    /// The table of the frame before serves where the transform is the same.
    private mutating func table(
        for transform: ModalityTransform, _ description: PixelDescription, frame: Int
    ) -> SampleMapping {
        if let mapping, mapping.transform == transform, mapping.bits == description.bitsAllocated {
            return mapping.table
        }
        let table = SampleMapping(description, transform: transform)
        mapping = (transform, description.bitsAllocated, table)
        if let step = transform.step, steps.count < 32 {
            steps.append(groups.isEmpty ? step : "from frame \(frame + 1): \(step)")
        }
        return table
    }

    private func mark(
        _ padding: inout [Bool]?, _ range: Range<Int>, frame: Int, decoded: DecodedFrame?, rule: PixelPadding
    ) throws(ImagingError) {
        let wide = (decoded?.description ?? description).bitsAllocated == 16
        try forEachChunk(frame: frame, decoded: decoded) { bytes, firstPixel in
            for i in 0..<(wide ? bytes.count / 2 : bytes.count) {
                let raw =
                    wide
                    ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)))
                    : Int(bytes[i])
                if rule.isPadding[raw], range.lowerBound + firstPixel + i < range.upperBound {
                    padding?[range.lowerBound + firstPixel + i] = true
                }
            }
        }
    }

    /// Hands over the samples of a grey frame: whole where a codec made them, else in pieces that fit a cache.
    private func forEachChunk(
        frame: Int, decoded: DecodedFrame?, _ body: (UnsafeRawBufferPointer, _ firstPixel: Int) -> Void
    ) throws(ImagingError) {
        if let decoded {
            decoded.bytes.withUnsafeBytes { body($0, 0) }
            return
        }
        let size = description.bytesPerFrame
        let width = description.bitsAllocated / 8
        var buffer = [UInt8](repeating: 0, count: min(size, 256 << 10))
        var offset = 0
        while offset < size {
            let count = min(buffer.count, size - offset)
            var failure: ImagingError?
            buffer.withUnsafeMutableBytes { bytes in
                let part = UnsafeMutableRawBufferPointer(rebasing: bytes[0..<count])
                do throws(ImagingError) {
                    try dataSet.read(.pixelData, from: frame * size + offset, into: part)
                    body(UnsafeRawBufferPointer(part), offset / width)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            offset += count
        }
    }

    private mutating func fillLuminance(
        _ values: inout [Float], _ range: Range<Int>, frame: Int, decoded: DecodedFrame?,
        _ description: PixelDescription
    ) throws(ImagingError) {
        var bytes = decoded?.bytes ?? []
        if decoded == nil {
            bytes = [UInt8](repeating: 0, count: description.bytesPerFrame)
            var failure: ImagingError?
            bytes.withUnsafeMutableBytes { buffer in
                do throws(ImagingError) {
                    try dataSet.read(.pixelData, from: frame * description.bytesPerFrame, into: buffer)
                } catch { failure = error }
            }
            if let failure { throw failure }
        }
        let isYBR = description.photometricInterpretation.hasPrefix("YBR_FULL")
        let luminanceFirst = decoded?.firstSampleIsLuminance ?? isYBR
        let pixels = range.count
        var layout = Luminance.Layout(stride: description.isPlanar ? 1 : description.samplesPerPixel, plane: nil)
        if !luminanceFirst { layout.plane = description.isPlanar ? pixels : 1 }
        // Two pixels share four samples: Y Y B R.
        let shared = decoded == nil && description.photometricInterpretation == "YBR_FULL_422"
        if range.lowerBound == 0 { steps.append(luminanceFirst ? Luminance.firstSampleStep : Luminance.step) }
        bytes.withUnsafeBytes { raw in
            values.withUnsafeMutableBufferPointer { all in
                let out = UnsafeMutableBufferPointer(rebasing: all[range])
                let mask = (1 << description.bitsStored) - 1
                if shared {
                    for i in out.indices { out[i] = Float(raw[i / 2 * 4 + i % 2]) }
                } else {
                    Luminance.convert(raw, bits: description.bitsAllocated, mask: mask, layout: layout, into: out)
                }
            }
        }
    }
}

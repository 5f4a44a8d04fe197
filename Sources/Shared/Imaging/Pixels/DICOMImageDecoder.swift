import Foundation

/// The pixel data of one data set to values after the modality LUT.
struct DICOMImageDecoder {
    private let dataSet: DataSet
    private let description: PixelDescription
    private let groups: FunctionalGroups
    private let syntax: TransferSyntax
    private var steps: [String] = []
    private var lastTransform: ModalityTransform?

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
        if frames.count == 1, description.samplesPerPixel == 1, description.rows * description.columns > Self.few {
            let decoded = try frameDecoder?.frame(frames.lowerBound)
            return try words(of: frames.lowerBound, decoded: decoded)
        }
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
        return try image(.numbers(values), padded: padding.map(PaddedPixels.pixels), frames: frames)
    }

    /// Images of no more pixels become numbers at once: a table of all words would cost as much.
    static let few = 1 << 18

    /// One grey frame, whose words stay where they are.
    private mutating func words(of frame: Int, decoded: DecodedFrame?) throws(ImagingError) -> DecodedImage {
        let description = decoded?.description ?? description
        let transform = try ModalityTransform(dataSet, groups: groups, frame: frame, isSigned: description.isSigned)
        let values = mapping(for: transform, description, frame: frame).table
        let words = try samples(of: frame, decoded: decoded)
        guard let rule = PixelPadding(dataSet, self.description) else {
            return try image(.words(words, values: values), padded: nil, frames: frame..<(frame + 1))
        }
        let count = description.rows * description.columns
        let occurring = WordCounts.occurring(in: words, count: count, kinds: values.count)
        let isPadding = (0..<values.count).map { occurring[$0] && rule.holds($0) }
        let padded = isPadding.contains(true) ? PaddedPixels.words(isPadding) : nil
        if padded != nil { steps.append(rule.step) }
        return try image(.words(words, values: values), padded: padded, frames: frame..<(frame + 1))
    }

    private func image(
        _ content: PixelRows, padded: PaddedPixels?, frames: Range<Int>
    ) throws(ImagingError) -> DecodedImage {
        let transform = try ModalityTransform(
            dataSet, groups: groups, frame: frames.lowerBound, isSigned: description.isSigned)
        var inputIsSigned = description.isSigned
        if case .linear(_, let intercept) = transform, intercept < 0 { inputIsSigned = true }
        if case .table = transform { inputIsSigned = false }
        let isColour = description.samplesPerPixel > 1
        let photometric = isColour ? "MONOCHROME2" : description.photometricInterpretation
        return DecodedImage(
            rows: description.rows, columns: description.columns, frames: frames.count, content: content,
            padded: padded, bitsStored: description.bitsStored, photometricInterpretation: photometric,
            metadata: ImageMetadata(dataSet), appliedSteps: steps,
            voi: try VOITransform(dataSet, groups: groups, frame: frames.lowerBound, inputIsSigned: inputIsSigned),
            isInverted: Self.isInverted(dataSet, photometric))
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
        let mapping = mapping(for: transform, description, frame: frame)
        let samples = try samples(of: frame, decoded: decoded)
        samples.withUnsafeBytes { bytes in
            values.withUnsafeMutableBufferPointer { mapping.map(bytes, into: .init(rebasing: $0[range])) }
        }
    }

    /// The mapping of a frame; a step says what is new in it.
    private mutating func mapping(
        for transform: ModalityTransform, _ description: PixelDescription, frame: Int
    ) -> SampleMapping {
        if lastTransform != transform {
            lastTransform = transform
            if let step = transform.step, steps.count < 32 {
                steps.append(groups.isEmpty ? step : "from frame \(frame + 1): \(step)")
            }
        }
        return SampleMapping(description, transform: transform)
    }

    private func mark(
        _ padding: inout [Bool]?, _ range: Range<Int>, frame: Int, decoded: DecodedFrame?, rule: PixelPadding
    ) throws(ImagingError) {
        let wide = (decoded?.description ?? description).bitsAllocated == 16
        let samples = try samples(of: frame, decoded: decoded)
        samples.withUnsafeBytes { bytes in
            for i in 0..<min(range.count, wide ? bytes.count / 2 : bytes.count) {
                let raw =
                    wide
                    ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)))
                    : Int(bytes[i])
                if rule.holds(raw) { padding?[range.lowerBound + i] = true }
            }
        }
    }

    /// The little endian samples of a frame: what a codec made, else the file's own bytes.
    private func samples(of frame: Int, decoded: DecodedFrame?) throws(ImagingError) -> Data {
        if let decoded { return Data(decoded.bytes) }
        let size = description.bytesPerFrame
        return try dataSet.value(.pixelData, frame * size..<(frame + 1) * size)
    }

    private mutating func fillLuminance(
        _ values: inout [Float], _ range: Range<Int>, frame: Int, decoded: DecodedFrame?,
        _ description: PixelDescription
    ) throws(ImagingError) {
        let bytes = try samples(of: frame, decoded: decoded)
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

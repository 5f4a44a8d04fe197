/// How the samples of pixel data are laid out (PS3.3 §C.7.6.3), checked.
struct PixelDescription: Equatable, Sendable {
    let rows: Int
    let columns: Int
    let frames: Int
    let samplesPerPixel: Int
    let photometricInterpretation: String
    /// 8 or 16.
    let bitsAllocated: Int
    let bitsStored: Int
    let highBit: Int
    let isSigned: Bool
    /// Colour by plane instead of colour by pixel.
    let isPlanar: Bool

    /// - Throws: `ImagingError` naming the attribute that is missing, wrong or too large.
    init(_ dataSet: DataSet, limits: ImageLimits) throws(ImagingError) {
        rows = try Self.required(.rows, in: dataSet, allowed: 1...65535)
        columns = try Self.required(.columns, in: dataSet, allowed: 1...65535)
        frames = try Self.frameCount(dataSet)
        samplesPerPixel = try Self.optional(.samplesPerPixel, in: dataSet, allowed: 1...4) ?? 1
        try limits.check(rows: rows, columns: columns, samplesPerPixel: samplesPerPixel, frames: frames)
        photometricInterpretation = try Self.photometric(dataSet, samplesPerPixel: samplesPerPixel)
        bitsAllocated = try Self.bitsAllocated(dataSet)
        bitsStored = try Self.required(.bitsStored, in: dataSet, allowed: 1...bitsAllocated)
        highBit =
            try Self.optional(.highBit, in: dataSet, allowed: (bitsStored - 1)...(bitsAllocated - 1)) ?? bitsStored - 1
        isSigned = try Self.optional(.pixelRepresentation, in: dataSet, allowed: 0...1) == 1
        isPlanar = try Self.optional(.planarConfiguration, in: dataSet, allowed: 0...1) == 1 && samplesPerPixel > 1
    }

    /// Of the uncompressed samples of one frame.
    var bytesPerFrame: Int {
        // YBR_FULL_422 shares each pair of colour samples between two pixels (PS3.3 §C.7.6.3.1.2).
        let samples = photometricInterpretation == "YBR_FULL_422" ? 2 : samplesPerPixel
        return rows * columns * samples * bitsAllocated / 8
    }

    /// - Throws: `ImagingError.pixelDataTooShort` where native pixel data does not hold all frames.
    func checkNativeLength(_ dataSet: DataSet) throws(ImagingError) {
        guard let (_, found) = dataSet.information(.pixelData) else {
            throw .missingAttribute(keyword: Tag.pixelData.keyword)
        }
        let expected = bytesPerFrame * frames
        guard found != 0xFFFF_FFFF else {  // undefined length: fragments where the syntax has none
            throw .invalidAttribute(keyword: Tag.pixelData.keyword, found: "encapsulated")
        }
        guard found >= expected else { throw .pixelDataTooShort(expectedBytes: expected, foundBytes: found) }
    }

    private static func bitsAllocated(_ dataSet: DataSet) throws(ImagingError) -> Int {
        let bits = try required(.bitsAllocated, in: dataSet, allowed: 1...64)
        guard bits == 8 || bits == 16 else {
            throw .unsupportedAttribute(keyword: Tag.bitsAllocated.keyword, found: String(bits))
        }
        return bits
    }

    private static func photometric(_ dataSet: DataSet, samplesPerPixel: Int) throws(ImagingError) -> String {
        let keyword = Tag.photometricInterpretation.keyword
        guard let found = dataSet.string(.photometricInterpretation)?.uppercased() else {
            throw .missingAttribute(keyword: keyword)
        }
        switch (found, samplesPerPixel) {
        case ("MONOCHROME1", 1), ("MONOCHROME2", 1): return found
        case ("RGB", 3), ("YBR_FULL", 3), ("YBR_FULL_422", 3), ("YBR_ICT", 3), ("YBR_RCT", 3): return found
        case ("MONOCHROME1", _), ("MONOCHROME2", _), ("RGB", _), ("YBR_FULL", _):
            throw .invalidAttribute(keyword: Tag.samplesPerPixel.keyword, found: String(samplesPerPixel))
        default: throw .unsupportedAttribute(keyword: keyword, found: DefinedTerm.printable(found))
        }
    }

    /// IS in the standard; some writers leave it out, empty or 0 for a single frame.
    private static func frameCount(_ dataSet: DataSet) throws(ImagingError) -> Int {
        guard let text = dataSet.string(.numberOfFrames) else { return 1 }
        guard let count = Int(text), count >= 0 else {
            throw .invalidAttribute(keyword: Tag.numberOfFrames.keyword, found: DefinedTerm.printable(text))
        }
        return max(1, count)
    }

    private static func optional(
        _ tag: Tag, in dataSet: DataSet, allowed: ClosedRange<Int>
    ) throws(ImagingError) -> Int? {
        guard let number = dataSet.double(tag) else { return nil }
        guard let value = Int(exactly: number), allowed.contains(value) else {
            throw .invalidAttribute(keyword: tag.keyword, found: "\(number)")
        }
        return value
    }

    private static func required(
        _ tag: Tag, in dataSet: DataSet, allowed: ClosedRange<Int>
    ) throws(ImagingError) -> Int {
        guard let value = try optional(tag, in: dataSet, allowed: allowed) else {
            throw .missingAttribute(keyword: tag.keyword)
        }
        return value
    }
}

/// Text of an attribute that goes into an error or a step.
enum DefinedTerm {
    /// The text where it can only be a defined term, a UID or a number; anything else might be somebody's name.
    static func printable(_ text: String) -> String {
        let allowed = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || [0x20, 0x2E, 0x2D, 0x2B, 0x5F].contains(byte)
        }
        return allowed && text.utf8.count <= 64 ? text : "(unprintable)"
    }
}

extension PixelDescription {
    /// The same image out of a codec that makes samples of `bits` bits, aligned at bit 0.
    func decoded(bits: Int) -> PixelDescription {
        guard bits != bitsAllocated else { return self }
        let stored = min(bitsStored, bits)
        return PixelDescription(
            rows: rows, columns: columns, frames: frames, samplesPerPixel: samplesPerPixel,
            photometricInterpretation: photometricInterpretation, bitsAllocated: bits, bitsStored: stored,
            highBit: stored - 1, isSigned: isSigned, isPlanar: false)
    }

    private init(
        rows: Int, columns: Int, frames: Int, samplesPerPixel: Int, photometricInterpretation: String,
        bitsAllocated: Int, bitsStored: Int, highBit: Int, isSigned: Bool, isPlanar: Bool
    ) {
        self.rows = rows
        self.columns = columns
        self.frames = frames
        self.samplesPerPixel = samplesPerPixel
        self.photometricInterpretation = photometricInterpretation
        self.bitsAllocated = bitsAllocated
        self.bitsStored = bitsStored
        self.highBit = highBit
        self.isSigned = isSigned
        self.isPlanar = isPlanar
    }
}

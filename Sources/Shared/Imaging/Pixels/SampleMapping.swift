/// Raw samples of 8 or 16 bits to values after the modality LUT, by one table over every raw word.
///
/// The table holds masking, alignment, sign and modality transform at once, so that every kind of file takes one path.
struct SampleMapping {
    /// 256 or 65536 values.
    let values: [Float]

    init(_ description: PixelDescription, transform: ModalityTransform) {
        values = (0..<(1 << description.bitsAllocated)).map { raw in
            transform(Self.stored(raw, description))
        }
    }

    /// The stored value in a raw word: bits above the high bit (old overlays) and below the stored ones are dropped.
    static func stored(_ raw: Int, _ description: PixelDescription) -> Int {
        let aligned = (raw >> (description.highBit + 1 - description.bitsStored)) & ((1 << description.bitsStored) - 1)
        guard description.isSigned, aligned >> (description.bitsStored - 1) == 1 else { return aligned }
        return aligned - (1 << description.bitsStored)
    }

    func map8(_ raw: UnsafeRawBufferPointer, into out: UnsafeMutableBufferPointer<Float>) {
        values.withUnsafeBufferPointer { table in
            for i in 0..<min(raw.count, out.count) { out[i] = table[Int(raw[i])] }
        }
    }

    func map16(_ raw: UnsafeRawBufferPointer, into out: UnsafeMutableBufferPointer<Float>) {
        values.withUnsafeBufferPointer { table in
            for i in 0..<min(raw.count / 2, out.count) {
                let word = UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
                out[i] = table[Int(word)]
            }
        }
    }
}

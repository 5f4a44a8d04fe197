/// Colour samples to luminance, Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601, the Y of YBR_FULL, PS3.3 §C.7.6.3.1.2).
enum Luminance {
    static let step = "colour converted to luminance: 0.299 R + 0.587 G + 0.114 B"
    static let firstSampleStep = "luminance taken from the first sample of YBR"

    /// Where the samples of a colour pixel lie, in samples.
    struct Layout {
        var stride: Int
        /// From the first to the second and to the third colour of one pixel; nil: the first is the luminance.
        var plane: Int?
    }

    /// - Parameters:
    ///   - bytes: little endian samples of `bits` bits.
    ///   - mask: of the bits stored.
    static func convert(
        _ bytes: UnsafeRawBufferPointer, bits: Int, mask: Int, layout: Layout,
        into out: UnsafeMutableBufferPointer<Float>
    ) {
        func sample(_ index: Int) -> Float {
            let raw =
                bits == 8
                ? Int(bytes[index])
                : Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
            return Float(raw & mask)
        }
        for i in out.indices {
            let first = i * layout.stride
            guard let plane = layout.plane else {
                out[i] = sample(first)
                continue
            }
            out[i] = 0.299 * sample(first) + 0.587 * sample(first + plane) + 0.114 * sample(first + 2 * plane)
        }
    }
}

/// The transfer syntaxes that we decode (PS3.5 §A, PS3.6 §A-1).
package enum TransferSyntax: String, Sendable, CaseIterable {
    case implicitVRLittleEndian = "1.2.840.10008.1.2"
    case explicitVRLittleEndian = "1.2.840.10008.1.2.1"
    case deflatedExplicitVRLittleEndian = "1.2.840.10008.1.2.1.99"
    case explicitVRBigEndian = "1.2.840.10008.1.2.2"
    case jpegBaseline = "1.2.840.10008.1.2.4.50"
    case jpegExtended = "1.2.840.10008.1.2.4.51"
    case jpegLossless = "1.2.840.10008.1.2.4.57"
    case jpegLosslessSV1 = "1.2.840.10008.1.2.4.70"
    case jpegLSLossless = "1.2.840.10008.1.2.4.80"
    case jpegLSNearLossless = "1.2.840.10008.1.2.4.81"
    case jpeg2000Lossless = "1.2.840.10008.1.2.4.90"
    case jpeg2000 = "1.2.840.10008.1.2.4.91"
    case rleLossless = "1.2.840.10008.1.2.5"

    /// Nil where the pixel data is not compressed frame by frame.
    package var codec: ImagingError.Codec? {
        switch self {
        case .implicitVRLittleEndian, .explicitVRLittleEndian, .deflatedExplicitVRLittleEndian, .explicitVRBigEndian:
            nil
        case .jpegBaseline, .jpegExtended, .jpegLossless, .jpegLosslessSV1: .jpeg
        case .jpegLSLossless, .jpegLSNearLossless: .jpegLS
        case .jpeg2000Lossless, .jpeg2000: .jpeg2000
        case .rleLossless: .rle
        }
    }
}

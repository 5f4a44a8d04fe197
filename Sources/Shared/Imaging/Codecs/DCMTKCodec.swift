import CDCMTK
import Foundation

/// RLE, JPEG and JPEG-LS frames, decoded by DCMTK.
enum DCMTKCodec {
    /// What the decoded samples look like; every field checked by the caller.
    struct Frame {
        var rows: Int
        var columns: Int
        var samplesPerPixel: Int
        var bitsAllocated: Int
        var bitsStored: Int
        var isSigned: Bool
        var photometricInterpretation: String
        var byteCount: Int { rows * columns * samplesPerPixel * bitsAllocated / 8 }
    }

    /// - Returns: little endian samples, colour by pixel, `byteCount` bytes; nil where the codec refuses the frame.
    static func decode(_ codestream: Data, syntax: TransferSyntax, as frame: Frame) -> [UInt8]? {
        guard let rows = UInt16(exactly: frame.rows), let columns = UInt16(exactly: frame.columns) else { return nil }
        var succeeded = false
        let samples = [UInt8](unsafeUninitializedCapacity: frame.byteCount) { out, count in
            out.initialize(repeating: 0)
            frame.photometricInterpretation.withCString { photometric in
                var description = dicom_frame_description(
                    rows: rows, columns: columns, samples_per_pixel: UInt16(frame.samplesPerPixel),
                    bits_allocated: UInt16(frame.bitsAllocated), bits_stored: UInt16(frame.bitsStored),
                    pixel_representation: frame.isSigned ? 1 : 0, photometric_interpretation: photometric)
                codestream.withUnsafeBytes { buffer in
                    guard let base = buffer.baseAddress, let target = out.baseAddress else { return }
                    let status = dicom_decode_frame(
                        syntax.rawValue, &description, base.assumingMemoryBound(to: UInt8.self), buffer.count, target,
                        out.count)
                    succeeded = status == DICOM_OK
                }
            }
            count = out.count
        }
        return succeeded ? samples : nil
    }
}

import CDCMTK
import Foundation

/// RLE, JPEG and JPEG-LS frames, decoded by DCMTK.
enum DCMTKCodec {
    /// What the decoded samples look like; every field checked by the caller.
    struct Frame {
        var rows: Int
        var columns: Int
        var samplesPerPixel: Int
        /// Of the decoded samples: 8 or 16.
        var bitsAllocated: Int
        /// Of the codestream.
        var bitsStored: Int
        var isSigned: Bool
        var photometricInterpretation: String

        var byteCount: Int { rows * columns * samplesPerPixel * bitsAllocated / 8 }
    }

    enum Method { case rle, jpeg, jpegLS }

    enum Failure: Error { case corrupt, truncated, outOfMemory }

    /// - Returns: little endian samples, colour by pixel, `byteCount` bytes.
    static func decode(_ codestream: Data, _ method: Method, as frame: Frame) throws(Failure) -> [UInt8] {
        guard let rows = UInt16(exactly: frame.rows), let columns = UInt16(exactly: frame.columns) else {
            throw .corrupt
        }
        var status = DICOM_FAILED
        let samples = [UInt8](unsafeUninitializedCapacity: frame.byteCount) { out, count in
            out.initialize(repeating: 0)
            count = out.count
            frame.photometricInterpretation.withCString { photometric in
                var description = dicom_frame_description(
                    rows: rows, columns: columns, samples_per_pixel: UInt16(frame.samplesPerPixel),
                    bits_allocated: UInt16(frame.bitsAllocated), bits_stored: UInt16(frame.bitsStored),
                    pixel_representation: frame.isSigned ? 1 : 0, photometric_interpretation: photometric)
                codestream.withUnsafeBytes { status = decode($0, method, &description, out) }
            }
        }
        switch status {
        case DICOM_OK: return samples
        case DICOM_MALFORMED: throw .truncated
        case DICOM_NO_MEMORY: throw .outOfMemory
        default: throw .corrupt
        }
    }

    private static func decode(
        _ codestream: UnsafeRawBufferPointer, _ method: Method, _ description: inout dicom_frame_description,
        _ out: UnsafeMutableBufferPointer<UInt8>
    ) -> dicom_status {
        guard let start = codestream.baseAddress, let target = out.baseAddress else { return DICOM_CORRUPT }
        let bytes = start.assumingMemoryBound(to: UInt8.self)
        return switch method {
        case .jpeg: dicom_decode_jpeg(&description, bytes, codestream.count, target, out.count)
        case .rle:
            dicom_decode_frame(
                TransferSyntax.rleLossless.rawValue, &description, bytes, codestream.count, target, out.count)
        case .jpegLS:
            dicom_decode_frame(
                TransferSyntax.jpegLSNearLossless.rawValue, &description, bytes, codestream.count, target, out.count)
        }
    }
}

extension ImagingError {
    /// The failure of one frame, counted from 0.
    init(_ failure: DCMTKCodec.Failure, codec: Codec, frame: Int) {
        switch failure {
        case .corrupt: self = .corruptCodestream(codec: codec, frame: frame)
        case .truncated: self = .truncatedCodestream(codec: codec, frame: frame)
        case .outOfMemory: self = .outOfMemory
        }
    }
}

/// Why an image or a volume could not be made. Payloads name the attribute and hold no patient data.
package enum ImagingError: Error, Equatable, Sendable {
    /// Neither DICOM, PNG nor JPEG.
    case unrecognisedFormat
    /// A DICOM structure that breaks off or contradicts itself, and the byte where the parser gave up, where known; of a
    /// deflated data set the byte after inflating.
    case malformedDICOM(Malformation, atByte: Int?)
    /// No codec for this transfer syntax (PS3.6 §A).
    case unsupportedTransferSyntax(uid: String)
    /// An attribute that the work cannot do without.
    case missingAttribute(keyword: String)
    /// A value outside what the standard or common sense allows.
    case invalidAttribute(keyword: String, found: String)
    /// A valid value that we do not handle.
    case unsupportedAttribute(keyword: String, found: String)
    /// A declared or measured size above a limit; nothing was allocated for it.
    case limitExceeded(what: String, found: Int, limit: Int)
    /// Fewer bytes of pixel data than the attributes promise.
    case pixelDataTooShort(expectedBytes: Int, foundBytes: Int)
    /// Fewer frames in the pixel data than `NumberOfFrames` promises.
    case fewerFrames(declared: Int, found: Int)
    /// A compressed frame or file that its codec refuses.
    case corruptCodestream(codec: Codec, frame: Int)
    /// A compressed frame that ends before its end marker.
    case truncatedCodestream(codec: Codec, frame: Int)
    /// A codestream whose own header says something else than the data set.
    case codestreamMismatch(keyword: String, declared: Int, found: Int)
    /// A valid codestream of a kind that we do not handle.
    case unsupportedCodestream(codec: Codec, feature: String)
    /// An attribute could not be written.
    case cannotWrite(keyword: String)
    /// Memory ran out.
    case outOfMemory
    /// The images do not make one volume.
    case volume(VolumeError)
    /// The bytes are no NIfTI volume.
    case nifti(NIfTIError)

    /// What is wrong with a DICOM structure.
    package enum Malformation: String, Equatable, Sendable {
        case structure, sequencesTooDeep, tooManyElements, inflatesTooFar, deflateStream, noAttributes
    }

    package enum Codec: String, Equatable, Sendable {
        case rle = "RLE", jpeg = "JPEG", jpegLS = "JPEG-LS", jpeg2000 = "JPEG 2000", png = "PNG"
    }
}

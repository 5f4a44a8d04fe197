import HTTP
import Imaging
import NeuralNetwork
import OpenInference
package import RPC
import Wire

// How every error of the modules below reaches a caller. Each switch names every case, so that a new case does not
// compile until it has a status, a reason, and a remedy.

extension WireError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .malformed(let message):
            RPCStatus(
                .invalidArgument, reason: "MALFORMED_MESSAGE", "the bytes are not a \(message)", field: message,
                remedy: "Send the message in the form that the content type names.")
        case .invalidUTF8(let field):
            RPCStatus(
                .invalidArgument, reason: "INVALID_UTF8", "\(field) is not UTF-8", field: field, limit: "UTF-8",
                remedy: "Encode text as UTF-8.")
        case .tooLarge(let message, let limit):
            RPCStatus(
                .resourceExhausted, reason: "MESSAGE_TOO_LARGE", "the \(message) takes more than \(limit) bytes",
                field: message, limit: "\(limit) bytes", remedy: "Send less at a time.")
        case .invalidJSON(let offset, let reason):
            RPCStatus(
                .invalidArgument, reason: "INVALID_JSON", "not JSON at byte \(offset): \(reason)",
                found: "byte \(offset)", limit: "RFC 8259", remedy: "Correct the JSON text.")
        case .unexpectedJSON(let field, let expected, let offset):
            RPCStatus(
                .invalidArgument, reason: "UNEXPECTED_JSON", "\(field) at byte \(offset): expected \(expected)",
                field: field, found: "byte \(offset)", limit: expected, remedy: "Give the field the type it has.")
        case .tooDeep(let limit):
            RPCStatus(
                .invalidArgument, reason: "MESSAGE_TOO_DEEP", "values are nested deeper than \(limit)",
                limit: "\(limit)", remedy: "Nest less deeply.")
        }
    }
}

extension HTTPError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .bodyTooLarge(let limit):
            RPCStatus(
                .resourceExhausted, reason: "BODY_TOO_LARGE", "the body is larger than \(limit) bytes", field: "body",
                limit: "\(limit) bytes", remedy: "Send less at a time.")
        case .bodyTruncated:
            RPCStatus(
                .cancelled, reason: "BODY_TRUNCATED", "the body ended too early", field: "body",
                remedy: "Send the request again.")
        case .malformed(let reason):
            RPCStatus(
                .internal, reason: "MALFORMED_HTTP", "the peer broke the protocol: \(reason)",
                remedy: "Send what the protocol allows.")
        case .timedOut(let phase):
            RPCStatus(
                .deadlineExceeded, reason: "TIMED_OUT", "nothing moved for too long: \(phase.rawValue)",
                field: phase.rawValue, remedy: "Send the request again over a better line.")
        case .overloaded:
            RPCStatus(
                .resourceExhausted, reason: "TOO_MANY_BYTES_IN_FLIGHT",
                "the server holds too many bytes of other requests", remedy: "Try again later.")
        case .cancelled:
            RPCStatus(.cancelled, reason: "CANCELLED", "the call was cancelled")
        case .bodyAlreadyConsumed, .bodyStreamFailed:
            RPCStatus(.internal, reason: "BODY_STREAM_FAILED", "the body could not be read")
        case .cannotListen, .system:
            RPCStatus(.internal, reason: "SYSTEM", "the operating system refused")
        case .invalidURL:
            RPCStatus(
                .internal, reason: "INVALID_BACKEND_ADDRESS", "the address of a service is not one",
                remedy: "Correct the address in the configuration.")
        case .cannotConnect:
            RPCStatus(
                .unavailable, reason: "CANNOT_CONNECT", "the service cannot be reached", remedy: "Try again later.")
        case .untrusted:
            RPCStatus(
                .unavailable, reason: "UNTRUSTED_SERVICE", "TLS with the service cannot be agreed on",
                remedy: "Correct the certificates of the service, or the authorities trusted here.")
        case .connectionLost:
            RPCStatus(
                .unavailable, reason: "CONNECTION_LOST", "the connection to the service was lost",
                remedy: "Try again later.")
        case .responseTooLarge(let limit):
            RPCStatus(
                .resourceExhausted, reason: "RESPONSE_TOO_LARGE", "the answer is larger than \(limit) bytes",
                limit: "\(limit) bytes", remedy: "Ask for less at a time.")
        }
    }
}

extension AdmissionError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .queueFull(let limit, let retryAfter):
            RPCStatus(
                .resourceExhausted, reason: "QUEUE_FULL", "the queue of \(limit) requests is full",
                limit: "\(limit) requests", remedy: "Try again in \(Self.wholeSeconds(retryAfter)) s.")
        case .deadlinePassed:
            RPCStatus(
                .deadlineExceeded, reason: "DEADLINE_PASSED", "the deadline passed before a place was free",
                remedy: "Allow more time, or send fewer requests at a time.")
        }
    }

    /// For `Retry-After` (RFC 9110 §10.2.3): at least one second.
    package static func wholeSeconds(_ duration: Duration) -> Int {
        max(1, Int((duration / .seconds(1)).rounded(.up)))
    }
}

extension InferenceError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .unknownModel(let known):
            RPCStatus(
                .notFound, reason: "UNKNOWN_MODEL", "no model has this name and version", field: "model_name",
                limit: known.joined(separator: ", "), remedy: "Name one of these, without a version or with this one.")
        case .modelNotReady(let reason):
            RPCStatus(
                .unavailable, reason: "MODEL_NOT_READY", "the model does not answer: \(reason)", field: "model_name",
                remedy: "Try again later; the repository's index tells why.")
        case .unknownTensor(let known):
            RPCStatus(
                .invalidArgument, reason: "UNKNOWN_TENSOR", "the model has no such tensor; it has \(list(known))",
                field: "name", limit: list(known), remedy: "Name one of these.")
        case .repeatedTensor(let name):
            RPCStatus(
                .invalidArgument, reason: "REPEATED_TENSOR", "\(name) is named twice", field: name,
                remedy: "Name each tensor once.")
        case .missingInput(let name):
            RPCStatus(
                .invalidArgument, reason: "MISSING_INPUT", "the input \(name) is missing", field: name,
                remedy: "Send every input of the model.")
        case .unknownDatatype(let tensor):
            RPCStatus(
                .invalidArgument, reason: "UNKNOWN_DATATYPE", "the datatype of \(tensor) is none", field: tensor,
                limit: list(Datatype.allCases.map(\.rawValue)), remedy: "Name one of these.")
        case .datatypeMismatch(let tensor, let expected, let found):
            RPCStatus(
                .invalidArgument, reason: "DATATYPE_MISMATCH",
                "\(tensor) is \(found.rawValue), expected \(expected.rawValue)", field: tensor, found: found.rawValue,
                limit: expected.rawValue, remedy: "Send the datatype that the model's metadata names.")
        case .shapeMismatch(let tensor, let expected, let found):
            RPCStatus(
                .invalidArgument, reason: "SHAPE_MISMATCH", "\(tensor) has shape \(found), expected \(expected)",
                field: tensor, found: "\(found)", limit: "\(expected)",
                remedy: "Send the shape that the model's metadata names; -1 stands for any positive extent.")
        case .unequalBatches:
            RPCStatus(
                .invalidArgument, reason: "UNEQUAL_BATCHES", "the inputs have different first extents",
                field: "shape", remedy: "Give every input the same first extent.")
        case .batchTooLarge(let found, let limit):
            RPCStatus(
                .invalidArgument, reason: "BATCH_TOO_LARGE", "a batch of \(found); at most \(limit) is taken",
                field: "shape", found: "\(found)", limit: "\(limit)", remedy: "Send less at a time.")
        case .noElements(let tensor):
            RPCStatus(
                .invalidArgument, reason: "NO_ELEMENTS", "\(tensor) needs data or binary_data_size, and not both",
                field: tensor, remedy: "Send its elements in one form.")
        case .wrongByteCount(let tensor, let expected, let found):
            RPCStatus(
                .invalidArgument, reason: "WRONG_BYTE_COUNT", "\(tensor) has \(found) bytes, expected \(expected)",
                field: tensor, found: "\(found) bytes", limit: "\(expected) bytes",
                remedy: "Send as many bytes as shape and datatype say.")
        case .wrongStringCount(let tensor, let expected):
            RPCStatus(
                .invalidArgument, reason: "WRONG_STRING_COUNT", "\(tensor) is not \(expected) strings", field: tensor,
                limit: "\(expected)", remedy: "Send each string after its 32-bit little-endian length.")
        case .wrongContents(let tensor, let expected):
            RPCStatus(
                .invalidArgument, reason: "WRONG_CONTENTS", "\(tensor) needs \(expected) and no other", field: tensor,
                limit: expected, remedy: "Send the list of the datatype, as long as the shape says.")
        case .invalidElement(let tensor):
            RPCStatus(
                .invalidArgument, reason: "INVALID_ELEMENT", "\(tensor) holds an element that its datatype has not",
                field: tensor, remedy: "Send finite numbers in the range of the datatype.")
        case .rawOnly(let tensor):
            RPCStatus(
                .invalidArgument, reason: "RAW_ONLY", "\(tensor) travels as raw bytes only", field: tensor,
                remedy: "Use raw contents, or binary data.")
        case .wrongRawContents(let inputs, let found):
            RPCStatus(
                .invalidArgument, reason: "WRONG_RAW_CONTENTS",
                "\(found) raw contents for \(inputs) inputs, or other contents beside them",
                field: "raw_input_contents", found: "\(found)", limit: "\(inputs)",
                remedy: "Send one for each input, in order, and no other contents.")
        case .wrongHeaderLength(let body):
            RPCStatus(
                .invalidArgument, reason: "WRONG_HEADER_LENGTH",
                "Inference-Header-Content-Length is no length within the \(body) bytes of the body",
                field: "Inference-Header-Content-Length", limit: "\(body)", remedy: "Send the length of the JSON.")
        case .wrongBinarySize(let expected, let found):
            RPCStatus(
                .invalidArgument, reason: "WRONG_BINARY_SIZE",
                "\(found) bytes after the JSON; binary_data_size says \(expected)", field: "binary_data_size",
                found: "\(found)", limit: "\(expected)", remedy: "Send the bytes of the binary inputs, in order.")
        case .unknownContentEncoding:
            RPCStatus(
                .unimplemented, reason: "UNKNOWN_CONTENT_ENCODING", "the content encoding is none that is read",
                field: "Content-Encoding", limit: "gzip, deflate, identity", remedy: "Use one of these.")
        case .malformedContentEncoding:
            RPCStatus(
                .invalidArgument, reason: "MALFORMED_CONTENT_ENCODING", "the body is not so encoded",
                field: "Content-Encoding", remedy: "Encode the body as the field says.")
        case .tooMany(let field, let limit):
            RPCStatus(
                .invalidArgument, reason: "TOO_MANY", "more than \(limit) \(field)", field: field, limit: "\(limit)",
                remedy: "Send fewer.")
        case .identifierTooLong(let limit):
            RPCStatus(
                .invalidArgument, reason: "IDENTIFIER_TOO_LONG", "the id is longer than \(limit) bytes", field: "id",
                limit: "\(limit) bytes", remedy: "Send a shorter one.")
        case .unsupportedParameter(let name):
            RPCStatus(
                .unimplemented, reason: "UNSUPPORTED_PARAMETER", "the parameter \(name) is not supported", field: name,
                remedy: "Send the request without it.")
        case .invalidParameter(let name, let expected):
            RPCStatus(
                .invalidArgument, reason: "INVALID_PARAMETER", "the parameter \(name) needs \(expected)", field: name,
                limit: expected, remedy: "Correct the parameter.")
        case .notInJSON(let tensor):
            RPCStatus(
                .internal, reason: "NOT_IN_JSON", "\(tensor) holds an element that JSON has no form for",
                field: tensor, remedy: "Ask for binary data.")
        }
    }

    private func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}

extension ImagingError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .unrecognisedFormat:
            RPCStatus(
                .invalidArgument, reason: "UNRECOGNISED_FORMAT", "neither DICOM, PNG nor JPEG", field: "image",
                limit: "application/dicom, image/png, image/jpeg", remedy: "Send an image in one of these formats.")
        case .malformedDICOM(let malformation, let byte):
            RPCStatus(
                .invalidArgument, reason: "MALFORMED_DICOM", "the DICOM data set breaks off or contradicts itself",
                field: "image", found: malformation.rawValue + (byte.map { " at byte \($0)" } ?? ""),
                remedy: "Send the whole file as its source wrote it.")
        case .unsupportedTransferSyntax(let uid):
            RPCStatus(
                .failedPrecondition, reason: "UNSUPPORTED_TRANSFER_SYNTAX", "no codec for this transfer syntax",
                field: "TransferSyntaxUID", found: uid, remedy: "Send it in Explicit VR Little Endian.")
        case .missingAttribute(let keyword):
            RPCStatus(
                .failedPrecondition, reason: "MISSING_ATTRIBUTE", "\(keyword) is required", field: keyword,
                found: "absent", remedy: "Send an image object with its pixel module.")
        case .invalidAttribute(let keyword, let found):
            RPCStatus(
                .invalidArgument, reason: "INVALID_ATTRIBUTE", "\(keyword) has a value that cannot be",
                field: keyword, found: found, remedy: "Correct the attribute at its source.")
        case .unsupportedAttribute(let keyword, let found):
            RPCStatus(
                .failedPrecondition, reason: "UNSUPPORTED_ATTRIBUTE", "\(keyword) has a value that is not handled",
                field: keyword, found: found, remedy: "Send a grey image.")
        case .limitExceeded(let what, let found, let limit):
            RPCStatus(
                .invalidArgument, reason: "IMAGE_TOO_LARGE", "\(what) is \(found); at most \(limit) is taken",
                field: what, found: "\(found)", limit: "\(limit)", remedy: "Send a smaller image.")
        case .pixelDataTooShort(let expectedBytes, let foundBytes):
            RPCStatus(
                .invalidArgument, reason: "PIXEL_DATA_TOO_SHORT", "fewer bytes of pixel data than promised",
                field: "PixelData", found: "\(foundBytes) bytes", limit: "\(expectedBytes) bytes",
                remedy: "Send the whole file.")
        case .fewerFrames(let declared, let found):
            RPCStatus(
                .invalidArgument, reason: "FEWER_FRAMES", "fewer frames than promised", field: "NumberOfFrames",
                found: "\(found)", limit: "\(declared)", remedy: "Send the whole file.")
        case .corruptCodestream(let codec, let frame):
            RPCStatus(
                .invalidArgument, reason: "CORRUPT_CODESTREAM",
                "the \(codec.rawValue) data of frame \(frame) is damaged",
                field: "PixelData", found: "frame \(frame)", remedy: "Send the file again from its source.")
        case .truncatedCodestream(let codec, let frame):
            RPCStatus(
                .invalidArgument, reason: "TRUNCATED_CODESTREAM",
                "the \(codec.rawValue) data of frame \(frame) ends early", field: "PixelData",
                found: "frame \(frame)", remedy: "Send the whole file.")
        case .codestreamMismatch(let keyword, let declared, let found):
            RPCStatus(
                .invalidArgument, reason: "CODESTREAM_MISMATCH", "the compressed data contradicts \(keyword)",
                field: keyword, found: "\(found)", limit: "\(declared)", remedy: "Correct the file at its source.")
        case .unsupportedCodestream(let codec, let feature):
            RPCStatus(
                .failedPrecondition, reason: "UNSUPPORTED_CODESTREAM", "this kind of \(codec.rawValue) is not handled",
                field: "PixelData", found: feature, remedy: "Send it in Explicit VR Little Endian.")
        case .cannotWrite(let keyword):
            RPCStatus(.internal, reason: "CANNOT_WRITE", "\(keyword) could not be written", field: keyword)
        case .outOfMemory:
            RPCStatus(
                .resourceExhausted, reason: "OUT_OF_MEMORY", "memory ran out", field: "image",
                remedy: "Try again later, or send a smaller image.")
        case .volume(let error): error.rpcStatus
        case .nifti(let error): error.rpcStatus
        }
    }
}

extension NeuralNetworkError: RPCStatusConvertible {
    /// A caller can do nothing about most of these: the bundle or the machine is at fault, and the log says how.
    package var rpcStatus: RPCStatus {
        switch self {
        case .fileUnreadable(let file, _), .fileTooLarge(let file, _, _), .checksumMismatch(let file, _, _):
            RPCStatus(
                .internal, reason: "MODEL_FILE", "a file of the model cannot be used", field: file,
                remedy: "Install the bundle again.")
        case .weightsMalformed:
            RPCStatus(
                .internal, reason: "MODEL_WEIGHTS", "the model's weights are malformed",
                remedy: "Install the bundle again.")
        case .tensorMissing(let name), .tensorMisshapen(let name, _, _), .tensorOfUnsupportedType(let name, _):
            RPCStatus(
                .internal, reason: "MODEL_WEIGHTS", "the model's weights do not fit its architecture", field: name,
                remedy: "Install the bundle again.")
        case .manifestMalformed(let field, _), .configurationInvalid(let field, _, _):
            RPCStatus(
                .internal, reason: "MODEL_MANIFEST", "the model's manifest is wrong", field: field,
                remedy: "Correct the bundle's model.json.")
        case .goldenOutputDiffers:
            RPCStatus(
                .internal, reason: "MODEL_GOLDEN", "the model does not give its golden output",
                remedy: "Install the bundle again.")
        case .inputCountWrong(let expected, let found):
            RPCStatus(
                .internal, reason: "NETWORK_INPUT", "the network's input has the wrong size", found: "\(found)",
                limit: "\(expected)")
        case .inputExtentNotDivisible(let axis, let extent, let by):
            RPCStatus(
                .internal, reason: "NETWORK_INPUT", "the network's input has the wrong size", field: axis,
                found: "\(extent)", limit: "a multiple of \(by)")
        case .inputTooLarge(let elements, let limit):
            RPCStatus(
                .resourceExhausted, reason: "NETWORK_INPUT_TOO_LARGE", "the network's input is too large",
                found: "\(elements)", limit: "\(limit)", remedy: "Send a smaller image or volume.")
        case .threadsUnavailable, .tierUnavailable, .precisionUnavailable:
            RPCStatus(
                .internal, reason: "MACHINE", "the machine lacks what the configuration asks for",
                remedy: "Correct the configuration.")
        }
    }
}

extension VolumeError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .noInstances:
            RPCStatus(
                .invalidArgument, reason: "NO_INSTANCES", "no image was given", field: "instances",
                remedy: "Send the images of one series, or one NIfTI file.")
        case .tooFewSlices(let found, let required):
            RPCStatus(
                .failedPrecondition, reason: "TOO_FEW_SLICES", "\(found) slices; at least \(required) are needed",
                field: "instances", found: "\(found) slices", limit: "\(required) slices",
                remedy: "Acquire or send more slices.")
        case .tooManyVoxels(let found, let limit):
            RPCStatus(
                .invalidArgument, reason: "TOO_MANY_VOXELS", "\(found) voxels; at most \(limit) are taken",
                field: "instances", found: "\(found) voxels", limit: "\(limit) voxels",
                remedy: "Send one series of a smaller matrix.")
        case .missingAttribute(let keyword, let frame):
            RPCStatus(
                .failedPrecondition, reason: "MISSING_ATTRIBUTE", "\(keyword) is required", field: keyword,
                found: frame.map { "absent in frame \($0)" } ?? "absent", remedy: "Send images with their geometry.")
        case .invalidValue(let keyword):
            RPCStatus(
                .invalidArgument, reason: "INVALID_ATTRIBUTE", "\(keyword) has a value that cannot be",
                field: keyword, remedy: "Correct the attribute at its source.")
        case .mixedSeries(let found):
            RPCStatus(
                .failedPrecondition, reason: "MIXED_SERIES", "images of \(found) series", field: "SeriesInstanceUID",
                found: "\(found) series", limit: "1 series", remedy: "Send one series at a time.")
        case .mixedFrameOfReference(let found):
            RPCStatus(
                .failedPrecondition, reason: "MIXED_FRAME_OF_REFERENCE", "images of \(found) frames of reference",
                field: "FrameOfReferenceUID", found: "\(found)", limit: "1", remedy: "Send one series at a time.")
        case .mixedModality(let found):
            RPCStatus(
                .failedPrecondition, reason: "MIXED_MODALITY", "images of \(found) modalities", field: "Modality",
                found: "\(found)", limit: "1", remedy: "Send one series at a time.")
        case .mixedOrientation(let degrees):
            RPCStatus(
                .failedPrecondition, reason: "MIXED_ORIENTATION", "the image planes are not parallel",
                field: "ImageOrientationPatient", found: "\(rounded(degrees)) degrees", limit: "parallel planes",
                remedy: "Send one stack of parallel slices.")
        case .mixedSize(let expectedRows, let expectedColumns, let foundRows, let foundColumns):
            RPCStatus(
                .failedPrecondition, reason: "MIXED_SIZE", "the images differ in size", field: "Rows",
                found: "\(foundRows) × \(foundColumns)", limit: "\(expectedRows) × \(expectedColumns)",
                remedy: "Send images of one size.")
        case .mixedPixelSpacing(let expected, let found):
            RPCStatus(
                .failedPrecondition, reason: "MIXED_PIXEL_SPACING", "the images differ in pixel spacing",
                field: "PixelSpacing", found: "\(rounded(found)) mm", limit: "\(rounded(expected)) mm",
                remedy: "Send images of one spacing.")
        case .duplicatePosition(let images, let slice):
            RPCStatus(
                .failedPrecondition, reason: "DUPLICATE_POSITION", "\(images) images share their place with another",
                field: "ImagePositionPatient", found: "slice \(slice)", limit: "one image a place",
                remedy: "Send one image for each slice: one phase, one echo.")
        case .missingSlices(let missing, let expected, let found, let afterSlice):
            RPCStatus(
                .failedPrecondition, reason: "MISSING_SLICES",
                "\(missing) slices are missing after slice \(afterSlice)",
                field: "ImagePositionPatient", found: "\(rounded(found)) mm", limit: "\(rounded(expected)) mm",
                remedy: "Send the slices that are missing.")
        case .unevenSpacing(let expected, let found, let afterSlice):
            RPCStatus(
                .failedPrecondition, reason: "UNEVEN_SPACING", "the slice spacing changes after slice \(afterSlice)",
                field: "ImagePositionPatient", found: "\(rounded(found)) mm", limit: "\(rounded(expected)) mm",
                remedy: "Acquire or send slices of even spacing.")
        case .unalignedSlices(let offset):
            RPCStatus(
                .failedPrecondition, reason: "UNALIGNED_SLICES", "the slices do not lie on one line",
                field: "ImagePositionPatient", found: "\(rounded(offset)) mm", remedy: "Send one stack of slices.")
        case .severalStacks(let found):
            RPCStatus(
                .failedPrecondition, reason: "SEVERAL_STACKS", "the image holds \(found) stacks", field: "StackID",
                found: "\(found)", limit: "1", remedy: "Send one stack at a time.")
        case .severalMultiFrameImages(let found):
            RPCStatus(
                .failedPrecondition, reason: "SEVERAL_MULTI_FRAME_IMAGES", "\(found) images, some multi-frame",
                field: "NumberOfFrames", found: "\(found)", limit: "1", remedy: "Send one multi-frame image alone.")
        case .notMonochrome:
            RPCStatus(
                .failedPrecondition, reason: "NOT_MONOCHROME", "pixels are not one grey value each",
                field: "PhotometricInterpretation", limit: "MONOCHROME1 or MONOCHROME2",
                remedy: "Send grey images.")
        }
    }
}

extension NIfTIError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .notNIfTI:
            RPCStatus(
                .invalidArgument, reason: "NOT_NIFTI", "neither a NIfTI-1 nor a NIfTI-2 file", field: "nifti",
                remedy: "Send a .nii or .nii.gz file.")
        case .headerWithoutVoxels:
            RPCStatus(
                .invalidArgument, reason: "NIFTI_HEADER_ONLY", "the voxels lie in another file", field: "nifti",
                limit: "one file", remedy: "Convert the pair of files to one .nii file.")
        case .truncated(let needed, let found):
            RPCStatus(
                .invalidArgument, reason: "TRUNCATED_FILE", "the file ends early", field: "nifti",
                found: "\(found) bytes", limit: "\(needed) bytes", remedy: "Send the whole file.")
        case .damagedGzip:
            RPCStatus(
                .invalidArgument, reason: "DAMAGED_GZIP", "the gzip stream is damaged", field: "nifti",
                remedy: "Send the whole file.")
        case .tooLarge(let limit):
            RPCStatus(
                .invalidArgument, reason: "VOLUME_TOO_LARGE", "unpacked, the file exceeds \(limit) bytes",
                field: "nifti", limit: "\(limit) bytes", remedy: "Send a smaller volume.")
        case .invalidField(let name):
            RPCStatus(
                .invalidArgument, reason: "INVALID_NIFTI_FIELD", "the header's \(name) cannot be", field: name,
                remedy: "Correct the header.")
        case .unsupportedDatatype(let code):
            RPCStatus(
                .failedPrecondition, reason: "UNSUPPORTED_DATATYPE", "voxels are not one real number each",
                field: "datatype", found: "\(code)", remedy: "Convert the voxels to int16 or float32.")
        case .notAnImage(let intentCode):
            RPCStatus(
                .failedPrecondition, reason: "NOT_AN_IMAGE", "the file holds no image on a grid",
                field: "intent_code", found: "\(intentCode)", remedy: "Send an image volume.")
        }
    }
}

/// Three decimals: enough for mm and degrees.
private func rounded(_ value: Double) -> Double {
    (value * 1000).rounded() / 1000
}

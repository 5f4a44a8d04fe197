package import RPC
import ServiceKit

/// Why a request to the classifier has no answer.
package enum ClassificationError: Error, Equatable, Sendable {
    /// The request holds no bytes.
    case emptyImage
    /// The media type is none that is read.
    case unknownMediaType
    /// The bytes are of another type than the request says.
    case mediaTypeMismatch(declared: String, found: String)
    /// Modality (0008,0060) names another kind of image; it is at most 16 characters of a code string.
    case wrongModality(found: String)
    /// More than one frame; a radiograph has one.
    case severalFrames(found: Int)
    /// No bundle has the name asked for; those that have one.
    case unknownModel(known: [String])
    /// No bundle is ready to answer.
    case noModelReady
}

extension ClassificationError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .emptyImage:
            RPCStatus(
                .invalidArgument, reason: "EMPTY_IMAGE", "the request holds no image", field: "image",
                found: "0 bytes", limit: "at least 1 byte", remedy: "Send the bytes of the file as image.")
        case .unknownMediaType:
            RPCStatus(
                .invalidArgument, reason: "UNKNOWN_MEDIA_TYPE", "the media type is none that is read",
                field: "media_type", limit: "application/dicom, image/png, image/jpeg, or empty",
                remedy: "Name the type of the image, or leave it empty.")
        case .mediaTypeMismatch(let declared, let found):
            RPCStatus(
                .invalidArgument, reason: "MEDIA_TYPE_MISMATCH", "the bytes are not \(declared)", field: "media_type",
                found: found, limit: declared, remedy: "Name the type of the image, or leave it empty.")
        case .wrongModality(let found):
            RPCStatus(
                .failedPrecondition, reason: "WRONG_MODALITY", "\(found) is no chest radiograph", field: "Modality",
                found: found, limit: RadiographModality.accepted.joined(separator: ", "),
                remedy: "Send projection radiographs to this service.")
        case .severalFrames(let found):
            RPCStatus(
                .failedPrecondition, reason: "SEVERAL_FRAMES", "the image has \(found) frames",
                field: "NumberOfFrames", found: "\(found)", limit: "1", remedy: "Send one frame at a time.")
        case .unknownModel(let known):
            RPCStatus(
                .notFound, reason: "UNKNOWN_MODEL", "no ready model has this name", field: "model",
                limit: known.joined(separator: ", "), remedy: "Name one of these, or leave it empty.")
        case .noModelReady:
            RPCStatus(
                .unavailable, reason: "NO_MODEL_READY", "no model is ready", field: "model",
                remedy: "Try again later; ListModels tells why.")
        }
    }
}

/// The values of Modality (0008,0060) that a projection radiograph may have.
package enum RadiographModality {
    /// Computed and digital radiography, film, and secondary captures of them.
    package static let accepted = ["CR", "DX", "DR", "RG", "OT"]

    /// - Throws: `ClassificationError.wrongModality`; an absent or empty value passes.
    package static func check(_ value: String?) throws(ClassificationError) {
        guard let value, !value.isEmpty, !accepted.contains(value) else { return }
        // A code string (PS3.5 §6.2) holds nothing about a patient; other text is not repeated.
        let isCode = value.utf8.count <= 16 && value.utf8.allSatisfy { (0x30...0x5A).contains($0) || $0 == 0x5F }
        throw .wrongModality(found: isCode ? value : "not a code")
    }
}

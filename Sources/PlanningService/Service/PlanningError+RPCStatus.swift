import Foundation
package import RPC
import ServiceKit

extension PlanningError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .noVolume:
            RPCStatus(
                .invalidArgument, reason: "NO_VOLUME", "no volume was given", field: "instances",
                limit: "instances or nifti", remedy: "Send the DICOM files of one series, or one NIfTI file.")
        case .twoVolumes:
            RPCStatus(
                .invalidArgument, reason: "TWO_VOLUMES", "both instances and nifti were given", field: "nifti",
                limit: "instances or nifti", remedy: "Send only one of them.")
        case .unknownView(let number):
            RPCStatus(
                .invalidArgument, reason: "UNKNOWN_VIEW", "a view that this version does not know", field: "views",
                found: "\(number)", limit: Self.viewNames, remedy: "Ask for one of the known views.")
        case .repeatedView(let view):
            RPCStatus(
                .invalidArgument, reason: "REPEATED_VIEW", "\(view.rawValue) is asked for twice", field: "views",
                found: view.rawValue, limit: "each view once", remedy: "Ask for each view once.")
        case .viewNotInModel(let view, let model):
            RPCStatus(
                .failedPrecondition, reason: "VIEW_NOT_IN_MODEL", "the model has no \(view.rawValue)", field: "views",
                found: view.rawValue, limit: "outputs of \(model)",
                remedy: "Ask for a view that ListModels shows for the model, or name another model.")
        case .unknownModel(let known):
            RPCStatus(
                .notFound, reason: "UNKNOWN_MODEL", "no model of this name is ready", field: "model",
                limit: known.joined(separator: ", "),
                remedy: "Choose one that ListModels shows as ready, or leave the field empty.")
        case .noModelReady:
            RPCStatus(
                .unavailable, reason: "NO_MODEL_READY", "no model is ready", field: "model",
                remedy: "See ListModels for the reason; try again when the service is ready.")
        case .notMR(let found):
            RPCStatus(
                .failedPrecondition, reason: "NOT_MR", "the images are not MR", field: "Modality", found: found,
                limit: "MR", remedy: "Send a cardiac MR scout.")
        case .blankVolume:
            RPCStatus(
                .failedPrecondition, reason: "BLANK_VOLUME", "all voxels are alike", field: "PixelData",
                remedy: "Send a volume with an image in it.")
        case .noPlane, .planesDoNotMeet, .centerOutsideVolume, .lowConfidence: refusal
        case .unexpectedOutput(let expected, let found):
            RPCStatus(
                .internal, reason: "UNEXPECTED_OUTPUT", "the network's output has the wrong size",
                found: "\(found)", limit: "\(expected)", remedy: "Check the model bundle.")
        }
    }

    /// The volume was read, but no plane of it can be trusted.
    private var refusal: RPCStatus {
        let (view, found, limit) =
            switch self {
            case .noPlane(let view): (view.rawValue, "no zero crossing in the volume", "a plane")
            case .planesDoNotMeet: ("SHORT_AXIS, FOUR_CHAMBER, TWO_CHAMBER", "planes nearly parallel", "one point")
            case .centerOutsideVolume:
                ("SHORT_AXIS, FOUR_CHAMBER, TWO_CHAMBER", "planes meet outside the volume", "inside the volume")
            case .lowConfidence(let view, let figures): (view.rawValue, figures.text, PlaneFigures.limitText)
            default: ("", "", "")
            }
        return RPCStatus(
            .failedPrecondition, reason: "LOW_CONFIDENCE", "no trustworthy plane: \(view): \(found)", field: view,
            found: found, limit: limit,
            remedy: "Check that the volume is a cardiac MR scout that holds the whole heart; else plan by hand.")
    }

    private static var viewNames: String { CardiacView.allCases.map(\.rawValue).joined(separator: ", ") }
}

extension PlaneFigures {
    /// Every figure in words.
    package var text: String {
        String(
            format:
                "confidence %.2f, gradient %.2f, residual %.1f mm, inliers %.2f of %d voxels, axis off by %.1f°, 2CH-4CH %.0f°, %@",
            confidence, gradient, residualMillimetres, inlierFraction, voxelCount, axisDisagreementDegrees,
            longAxisAngleDegrees,
            signAgrees ? "sign agrees" : "sign reversed")
    }

    /// Every limit in words.
    package static var limitText: String {
        String(
            format: "confidence >= %.1f, gradient %.1f to %.1f, residual < %.0f mm, inliers > %.1f, axis < %.0f°, "
                + "2CH-4CH > %.0f°",
            Limit.confidence, Limit.gradient.lowerBound, Limit.gradient.upperBound, Limit.residualMillimetres,
            Limit.inlierFraction,
            Limit.axisDisagreementDegrees, Limit.longAxisAngleDegrees)
    }
}

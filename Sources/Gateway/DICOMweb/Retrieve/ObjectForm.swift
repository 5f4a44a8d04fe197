import DICOMweb
import Imaging

/// The transfer syntax in which a client wants instances or frames (PS3.18 §8.7.3.5).
enum RequestedSyntax: Equatable, Sendable {
    /// Not said: explicit VR little endian where we can make it, else as stored.
    case unstated
    /// `*`
    case asStored
    case syntax(String)

    init(_ parameter: String?) {
        switch parameter {
        case nil: self = .unstated
        case "*": self = .asStored
        case .some(let uid): self = .syntax(uid)
        }
    }

    /// What a file in the syntax `stored` is turned into; nil where it is sent as it is, or with a preamble in front.
    func target(from stored: String, _ beginning: FileBeginning) -> TransferSyntax? {
        if let other = target(from: stored) { return other }
        // Written anew, with the meta information that makes it a file; nothing in it is compressed.
        return beginning == .noMeta ? TransferSyntax(rawValue: stored) : nil
    }

    private func target(from stored: String) -> TransferSyntax? {
        switch self {
        case .asStored: return nil
        case .unstated:
            let explicit = TransferSyntax.explicitVRLittleEndian
            return stored == explicit.rawValue || TransferSyntax(rawValue: stored) == nil ? nil : explicit
        case .syntax(let uid): return uid == stored ? nil : TransferSyntax(rawValue: uid)
        }
    }

    func canMake(from stored: String) -> Bool {
        guard case .syntax(let uid) = self, uid != stored else { return true }
        let makes: Set<TransferSyntax> = [.explicitVRLittleEndian, .implicitVRLittleEndian]
        return TransferSyntax(rawValue: stored) != nil && TransferSyntax(rawValue: uid).map(makes.contains) == true
    }
}

/// In which form a client wants instances.
struct ObjectForm: Equatable {
    let isMultipart: Bool
    let syntax: RequestedSyntax

    private static let offers = ["multipart/related; type=\"application/dicom\"", "application/dicom"]

    /// - Parameter isInstance: only one instance can come without parts around it.
    /// - Throws: `Problem` 406.
    init(_ accept: Accept, isInstance: Bool) throws {
        for range in accept.ranges where range.quality > 0 {
            let parameter = range.type.parameters["transfer-syntax"]
            if range.type.covers("multipart/related") {
                let part = range.type.partEssence ?? "application/dicom"
                guard part == "application/dicom" || part == "*/*" || part == "application/*" else { continue }
                isMultipart = true
                syntax = RequestedSyntax(parameter)
                return
            }
            if range.type.covers("application/dicom"), isInstance {
                isMultipart = false
                syntax = RequestedSyntax(parameter)
                return
            }
        }
        throw Problem.notAcceptable(isInstance ? Self.offers : [Self.offers[0]])
    }
}

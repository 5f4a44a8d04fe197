/// The status of a response (PS3.7 annex C, PS3.4 §B.2.3), with a comment for the peer's operator.
package struct DIMSEStatus: Sendable, Hashable {
    package let code: UInt16
    /// At most 64 characters; constant text, never a value of a data set.
    package let comment: String

    package init(code: UInt16, comment: String = "") {
        self.code = code
        self.comment = comment
    }

    package static let success = DIMSEStatus(code: 0)

    /// Try again later: full, or too much at once (A700).
    package static func outOfResources(_ comment: String) -> DIMSEStatus { DIMSEStatus(code: 0xA700, comment: comment) }
    /// The data set is not what the command says (A900).
    package static func dataSetDoesNotMatch(_ comment: String) -> DIMSEStatus {
        DIMSEStatus(code: 0xA900, comment: comment)
    }
    /// The data set cannot be read (C000).
    package static func cannotUnderstand(_ comment: String) -> DIMSEStatus {
        DIMSEStatus(code: 0xC000, comment: comment)
    }
    /// Something failed on our side (0110).
    package static func processingFailure(_ comment: String) -> DIMSEStatus {
        DIMSEStatus(code: 0x0110, comment: comment)
    }
    /// The instance is held with other content (0111).
    package static func duplicateSOPInstance(_ comment: String) -> DIMSEStatus {
        DIMSEStatus(code: 0x0111, comment: comment)
    }
    /// No UID, or not one (0117).
    package static let invalidObjectInstance = DIMSEStatus(code: 0x0117, comment: "Affected SOP Instance UID is no UID")
    /// The SOP class does not belong to the presentation context (0122).
    package static let sopClassNotSupported = DIMSEStatus(
        code: 0x0122, comment: "SOP class is not that of the presentation context")
    /// A service that is not offered here (0211).
    package static let unrecognizedOperation = DIMSEStatus(code: 0x0211, comment: "operation is not offered")

    /// What kind of outcome the code stands for.
    package enum Category: String, Sendable, CaseIterable {
        case success, warning, failure
    }

    package var category: Category {
        switch code {
        case 0: .success
        case 0x0001, 0x0107, 0x0116, 0xB000...0xBFFF: .warning
        default: .failure
        }
    }
}

import CDCMTKNetwork

/// Unique identifiers of the services spoken here (PS3.6 annex A).
package enum UID {
    package static let applicationContext = "1.2.840.10008.3.1.1.1"
    package static let verification = "1.2.840.10008.1.1"
    package static let storageCommitmentPushModel = "1.2.840.10008.1.20.1"
    /// The well-known instance that storage commitment is asked of (PS3.4 §J.3.5).
    package static let storageCommitmentInstance = "1.2.840.10008.1.20.1.1"
    package static let implicitVRLittleEndian = "1.2.840.10008.1.2"
    package static let explicitVRLittleEndian = "1.2.840.10008.1.2.1"

    /// Whether the text is a UID: 1 to 64 digits and dots. Leading zeros of a component, which PS3.5 §9.1 forbids,
    /// occur and do no harm.
    package static func isValid(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// What DCMTK's dictionary knows of a SOP class.
    package enum Kind: Sendable {
        case storage
        /// Known, and no storage.
        case other
        /// Private, or newer than the dictionary.
        case unknown
    }

    package static func kind(ofSOPClass uid: String) -> Kind {
        switch dul_class_of(uid) {
        case DUL_CLASS_STORAGE: .storage
        case DUL_CLASS_OTHER: .other
        default: .unknown
        }
    }
}

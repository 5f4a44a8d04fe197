package import Foundation
package import Imaging

/// Takes out of DICOM objects what says whose they are: the Basic Application Level Confidentiality Profile of PS3.15
/// §E.2 with its options.
package struct Deidentifier: Sendable {
    private let profile = ConfidentialityProfile.basic
    private let options: DeidentificationOptions
    private let secret: SiteSecret
    private let limits: ImageLimits

    package init(
        secret: SiteSecret, options: DeidentificationOptions = DeidentificationOptions(),
        limits: ImageLimits = .standard
    ) {
        self.secret = secret
        self.options = options
        self.limits = limits
    }

    /// An object without what identifies, as a DICOM file of the same transfer syntax; where pixels had to be changed or
    /// the bytes were in big-endian order, of Explicit VR Little Endian.
    ///
    /// - Throws: `DeidentificationError`; nothing is given out then.
    package func deidentify(_ bytes: Data) throws(DeidentificationError) -> DeidentifiedObject {
        let dataSet = try parse(bytes)
        guard dataSet.string(.sopClassUID) != Self.mediaDirectory else { throw .mediaDirectory }
        let original = ObjectIdentity(dataSet)
        let identifiers = Identifiers(of: dataSet, profile, options)
        let alias = PatientAlias(
            pseudonym: try secret.patientPseudonym(original.patient),
            dates: DateShift(days: try secret.dayShift(original.patient)))

        let (syntax, arePixelsCleaned) = try cleanPixels(dataSet)
        try DataSetCleaner(
            profile: profile, options: options, secret: secret, alias: alias, identifiers: identifiers
        ).clean(dataSet)
        try DeidentificationMarks(options, arePixelsCleaned: arePixelsCleaned).put(into: dataSet)
        let result = try serialise(dataSet, syntax)
        if let keyword = identifiers.firstLeft(in: result) { throw .identifierLeft(keyword: keyword) }
        return DeidentifiedObject(
            bytes: result, identity: ObjectIdentity(dataSet, patient: alias.pseudonym), original: original)
    }

    private static let mediaDirectory = "1.2.840.10008.1.3.10"

    private func parse(_ bytes: Data) throws(DeidentificationError) -> DataSet {
        do throws(ImagingError) { return try DataSet(parsing: bytes, limits: limits) } catch { throw .imaging(error) }
    }

    /// - Returns: the transfer syntax to write, and whether regions were blackened.
    private func cleanPixels(_ dataSet: DataSet) throws(DeidentificationError) -> (TransferSyntax, Bool) {
        let uid = dataSet.transferSyntaxUID ?? ""
        let pixels = PixelCleaner(dataSet: dataSet)
        let regions = options.regions.regions(of: dataSet)
        if regions == nil, dataSet.string(.burnedInAnnotation)?.uppercased() == "YES" { throw .burnedInAnnotation }
        if let regions, !regions.isEmpty, dataSet.contains(.pixelData) {
            try pixels.blacken(regions)
            return (.explicitVRLittleEndian, true)
        }
        if pixels.hasEmbeddedOverlay, dataSet.contains(.pixelData) { try pixels.clearUnusedBits() }
        try pixels.blankComments(uid)
        switch TransferSyntax(rawValue: uid) {
        case .explicitVRBigEndian: return (.explicitVRLittleEndian, regions != nil)
        case let syntax?: return (syntax, regions != nil)
        // Compressed pixels of a syntax we do not know were refused above.
        case nil: return (.explicitVRLittleEndian, regions != nil)
        }
    }

    /// With a new preamble and new file meta information.
    private func serialise(_ dataSet: DataSet, _ syntax: TransferSyntax) throws(DeidentificationError) -> Data {
        do throws(ImagingError) {
            try dataSet.clearFileMeta()
            return try dataSet.serialised(as: syntax)
        } catch {
            throw .imaging(error)
        }
    }
}

/// An object that may leave.
package struct DeidentifiedObject: Sendable {
    /// A DICOM file.
    package let bytes: Data
    /// How the object is known outside.
    package let identity: ObjectIdentity
    /// How it is known inside: for the map that leads back, and for nothing that leaves.
    package let original: ObjectIdentity
}

/// By what an object is known.
package struct ObjectIdentity: Sendable, Equatable {
    package let patient: String
    package let accessionNumber: String
    package let studyInstanceUID: String
    package let seriesInstanceUID: String
    package let sopInstanceUID: String

    /// The patient is who has the Patient ID; without one, who has the name and the birth date; without these, the study
    /// is a patient of its own.
    init(_ dataSet: DataSet, patient: String? = nil) {
        func value(_ tag: Tag) -> String { dataSet.string(tag) ?? "" }
        let byName = "\(value(.patientName)) \(value(.patientBirthDate))"
        studyInstanceUID = value(.studyInstanceUID)
        self.patient =
            patient ?? [value(.patientID), byName == " " ? "" : byName].first { !$0.isEmpty } ?? studyInstanceUID
        accessionNumber = value(.accessionNumber)
        seriesInstanceUID = value(.seriesInstanceUID)
        sopInstanceUID = value(.sopInstanceUID)
    }
}

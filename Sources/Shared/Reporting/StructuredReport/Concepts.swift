/// The concepts of our structured reports (PS3.16 Annex D where the scheme is DCM).
enum Concepts {
    static let measurementReport = CodedConcept("126000", "DCM", "Imaging Measurement Report")
    static let language = CodedConcept("121049", "DCM", "Language of Content Item and Descendants")
    static let english = CodedConcept("en", "RFC5646", "English")
    static let procedureReported = CodedConcept("121058", "DCM", "Procedure reported")
    static let plainRadiography = CodedConcept("168537006", "SCT", "Plain radiography")
    static let cardiacMR = CodedConcept("241620005", "SCT", "Cardiac MRI")

    static let observerType = CodedConcept("121005", "DCM", "Observer Type")
    static let device = CodedConcept("121007", "DCM", "Device")
    static let deviceUID = CodedConcept("121012", "DCM", "Device Observer UID")
    static let deviceName = CodedConcept("121013", "DCM", "Device Observer Name")
    static let deviceManufacturer = CodedConcept("121014", "DCM", "Device Observer Manufacturer")
    static let deviceModelName = CodedConcept("121015", "DCM", "Device Observer Model Name")
    static let deviceSerialNumber = CodedConcept("121016", "DCM", "Device Observer Serial Number")

    static let imageLibrary = CodedConcept("111028", "DCM", "Image Library")
    static let imageLibraryGroup = CodedConcept("126200", "DCM", "Image Library Group")
    static let modality = CodedConcept("121139", "DCM", "Modality")

    static let imagingMeasurements = CodedConcept("126010", "DCM", "Imaging Measurements")
    static let measurementGroup = CodedConcept("125007", "DCM", "Measurement Group")
    static let trackingIdentifier = CodedConcept("112039", "DCM", "Tracking Identifier")
    static let trackingUID = CodedConcept("112040", "DCM", "Tracking Unique Identifier")
    static let finding = CodedConcept("121071", "DCM", "Finding")
    static let findingSite = CodedConcept("363698007", "SCT", "Finding Site")
    static let source = CodedConcept("260753009", "SCT", "Source")
    static let imageRegion = CodedConcept("111030", "DCM", "Image Region")
    static let certainty = CodedConcept("111012", "DCM", "Certainty of Finding")
    static let threshold = CodedConcept.hilum("THRESHOLD", "Operating threshold")
    static let flagged = CodedConcept.hilum("FLAGGED", "Probability at or above threshold")
    static let confidence = CodedConcept.hilum("CONFIDENCE", "Confidence of plane")
    static let residual = CodedConcept.hilum("RESIDUAL", "Residual of plane fit")
    static let fieldOfView = CodedConcept.hilum("FIELD_OF_VIEW", "Side of square field of view")
    static let sliceCount = CodedConcept.hilum("SLICE_COUNT", "Number of slices")
    static let sliceThickness = CodedConcept("112225", "DCM", "Slice Thickness")
    static let sliceGap = CodedConcept.hilum("SLICE_GAP", "Gap between slices")
    static let algorithmName = CodedConcept("111001", "DCM", "Algorithm Name")
    static let algorithmVersion = CodedConcept("111003", "DCM", "Algorithm Version")
    static let algorithmParameters = CodedConcept("111002", "DCM", "Algorithm Parameters")
    static let yes = CodedConcept("373066001", "SCT", "Yes")
    static let no = CodedConcept("373067005", "SCT", "No")

    static let qualitativeEvaluations = CodedConcept("C0034375", "UMLS", "Qualitative Evaluations")
    static let imageQuality = CodedConcept("111101", "DCM", "Image Quality")
    static let intendedUse = CodedConcept.hilum("INTENDED_USE", "Intended use of the model")
    static let readingPriority = CodedConcept.hilum("READING_PRIORITY", "Reading priority")
    static let notRead = CodedConcept.hilum("NOT_READ", "Instance without an answer")

    static let noUnits = CodedConcept("1", "UCUM", "no units")
    static let millimetre = CodedConcept("mm", "UCUM", "mm")
    static let slices = CodedConcept("{slices}", "UCUM", "slices")

    /// Modalities that we answer for (CID 29).
    static func modality(_ code: String) -> CodedConcept? {
        let names = [
            "CR": "Computed Radiography", "DX": "Digital Radiography", "MR": "Magnetic Resonance",
            "RG": "Radiographic imaging",
        ]
        return names[code].map { CodedConcept(code, "DCM", $0) }
    }
}

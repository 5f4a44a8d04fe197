package import DICOMweb
package import Imaging

/// What the gateway has to know of an instance to keep and route it.
package struct InstanceHeader: Sendable, Hashable {
    /// SOP Instance UID (0008,0018).
    package let sopInstanceUID: String
    /// Study Instance UID (0020,000D).
    package let studyInstanceUID: String
    /// Series Instance UID (0020,000E).
    package let seriesInstanceUID: String
    /// SOP Class UID (0008,0016); empty when not stated.
    package let sopClassUID: String
    /// Modality (0008,0060); empty when not stated.
    package let modality: String
    /// Body Part Examined (0018,0015); empty when not stated.
    package let bodyPartExamined: String
    /// Number of Study Related Series (0020,1206); 0 when not stated.
    package var studyRelatedSeries = 0
    /// Number of Study Related Instances (0020,1208); 0 when not stated.
    package var studyRelatedInstances = 0
    /// Number of Series Related Instances (0020,1209); 0 when not stated.
    package var seriesRelatedInstances = 0
    /// Values of further attributes that the routing rules look at.
    package var attributes: [Tag: [String]] = [:]
    /// What searches know besides.
    package var searchAttributes: [SearchAttribute: String] = [:]
    package var demographics = Demographics.unknown

    package init(
        sopInstanceUID: String, studyInstanceUID: String, seriesInstanceUID: String, sopClassUID: String = "",
        modality: String = "", bodyPartExamined: String = ""
    ) {
        self.sopInstanceUID = sopInstanceUID
        self.studyInstanceUID = studyInstanceUID
        self.seriesInstanceUID = seriesInstanceUID
        self.sopClassUID = sopClassUID
        self.modality = modality
        self.bodyPartExamined = bodyPartExamined
    }
}

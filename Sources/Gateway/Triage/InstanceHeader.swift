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

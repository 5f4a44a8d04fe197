/// A concept of a coding scheme (PS3.3 §8.8).
package struct CodedConcept: Sendable, Hashable {
    /// Code Value (0008,0100).
    package let value: String
    /// Coding Scheme Designator (0008,0102), for example `SCT`.
    package let scheme: String
    /// Code Meaning (0008,0104).
    package let meaning: String

    package init(_ value: String, _ scheme: String, _ meaning: String) {
        self.value = value
        self.scheme = scheme
        self.meaning = meaning
    }

    /// A concept of our own scheme.
    package static func hilum(_ value: String, _ meaning: String) -> CodedConcept {
        CodedConcept(value, hilumScheme, meaning)
    }

    package static let hilumScheme = "99HILUM"
    /// Identifies `99HILUM` to others (0008,010C); from a UUID (PS3.5 §B.2).
    package static let hilumSchemeUID = "2.25.164402987114365092517842203061117460731"
}

extension CodedConcept {
    /// Body sites that bundles name beside a finding, from CID 1004 (PS3.16): they say where, not what.
    private static let anatomicSites: Set<String> = ["80891009", "57034009", "5798000"]

    package var isAnatomicSite: Bool { scheme == "SCT" && Self.anatomicSites.contains(value) }
}

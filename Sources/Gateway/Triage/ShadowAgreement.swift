package import Foundation
import Wire

/// Whether two models say the same of one finding.
package struct ShadowAgreement: Sendable, Hashable {
    package let finding: String
    package let agrees: Bool

    /// One entry for each finding that either answer names, by code; a finding that one of them does not name counts as
    /// not flagged by it. `quality` stands for the gradability of the image.
    ///
    /// - Parameters: serialised `ClassifyResponse`s; none that cannot be read is counted.
    package static func of(_ main: Data, _ shadow: Data) -> [ShadowAgreement] {
        guard let main = try? ClassifyResponse(serialized: main),
            let shadow = try? ClassifyResponse(serialized: shadow)
        else { return [] }
        let (one, other) = (flagged(main), flagged(shadow))
        let codes = Set((main.findings + shadow.findings).map(\.code)).sorted()
        return codes.map { ShadowAgreement(finding: $0, agrees: one.contains($0) == other.contains($0)) }
            + [ShadowAgreement(finding: "quality", agrees: main.isUngradable == shadow.isUngradable)]
    }

    private static func flagged(_ response: ClassifyResponse) -> Set<String> {
        Set(response.findings.filter(\.flagged).map(\.code))
    }
}

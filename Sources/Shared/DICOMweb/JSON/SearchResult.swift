import Imaging

/// What a search shows of one study, series or instance.
package struct SearchResult: Sendable, Equatable {
    /// By attribute; absent ones are unknown.
    package var values: [SearchAttribute: String]
    /// Of the study.
    package var modalities: [String] = []
    /// Series and instances of the study; instances of the series.
    package var seriesCount: Int?
    package var instanceCount: Int?

    package init(values: [SearchAttribute: String]) {
        self.values = values
    }

    /// The result in the DICOM JSON model.
    ///
    /// - Parameters:
    ///   - levels: whose attributes are shown: the searched one, and those above it that the path does not name.
    ///   - retrieveURL: where it can be got.
    package func json(
        _ level: SearchAttribute.Level, levels: Set<SearchAttribute.Level>, included: Set<SearchAttribute>,
        retrieveURL: String, in json: inout JSONText
    ) {
        var members: [Tag: (inout JSONText) -> Void] = [:]
        func add(_ tag: Tag, _ vr: String, _ values: [String]) {
            members[tag] = { json in
                DICOMJSON.begin(tag, vr: vr, in: &json)
                DICOMJSON.values(values, vr: vr == "US" ? "IS" : vr, in: &json)
                json.raw("}")
            }
        }
        let shown = SearchAttribute.all.filter { attribute in
            attribute.level <= level
                && (included.contains(attribute) || attribute.isShown && levels.contains(attribute.level))
        }
        for attribute in shown where attribute.path.count == 1 {
            let value = values[attribute] ?? ""
            // Pixel attributes are shown of images alone.
            if value.isEmpty, attribute.level == .instance { continue }
            add(
                attribute.tag, attribute.vr,
                value.split(separator: "\\", omittingEmptySubsequences: false).map(String.init))
        }
        if let sequence = nested(shown) { members[sequence.tag] = sequence.write }
        add(Tag(0x0008, 0x0005), "CS", ["ISO_IR 192"])
        add(Tag(0x0008, 0x0056), "CS", ["ONLINE"])
        add(Tag(0x0008, 0x1190), "UR", [retrieveURL])
        if levels.contains(.study), level <= .study || !modalities.isEmpty {
            add(SearchRequest.modalitiesInStudy, "CS", modalities)
        }
        if let seriesCount { add(Tag(0x0020, 0x1206), "IS", [String(seriesCount)]) }
        if let instanceCount { add(Tag(0x0020, level == .study ? 0x1208 : 0x1209), "IS", [String(instanceCount)]) }
        json.raw("{")
        for (index, tag) in members.keys.sorted().enumerated() {
            if index > 0 { json.raw(",") }
            members[tag]?(&json)
        }
        json.raw("}")
    }

    /// The sequence that holds those attributes that lie in one; nil where none has a value.
    private func nested(_ shown: [SearchAttribute]) -> (tag: Tag, write: (inout JSONText) -> Void)? {
        let inside = shown.filter { $0.path.count == 2 && !(values[$0] ?? "").isEmpty }.sorted { $0.tag < $1.tag }
        guard let sequence = inside.first?.path.first else { return nil }
        let shownValues = inside.map { ($0, values[$0] ?? "") }
        return (
            sequence,
            { json in
                DICOMJSON.begin(sequence, vr: "SQ", in: &json)
                json.raw(",\"Value\":[{")
                for (index, (attribute, value)) in shownValues.enumerated() {
                    if index > 0 { json.raw(",") }
                    DICOMJSON.begin(attribute.tag, vr: attribute.vr, in: &json)
                    DICOMJSON.values([value], vr: attribute.vr, in: &json)
                    json.raw("}")
                }
                json.raw("}]}")
            }
        )
    }
}

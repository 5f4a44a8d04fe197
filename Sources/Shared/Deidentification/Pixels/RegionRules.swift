package import Foundation
import Imaging

/// Where text is burned into the pixels of which devices' images: the first rule that fits says what is blackened.
package struct RegionRules: Sendable, Equatable {
    /// A rectangle in pixels from the upper left corner; what lies outside of the image is left out.
    package struct Region: Sendable, Equatable, Decodable {
        package let x: Int
        package let y: Int
        package let width: Int
        package let height: Int
    }

    /// What an image has to be like. Texts compare without case; manufacturer and model by a part.
    package struct Rule: Sendable, Equatable, Decodable {
        package let modality: String?
        package let manufacturer: String?
        package let model: String?
        package let rows: Int?
        package let columns: Int?
        /// None: the device burns nothing in, whatever its objects say.
        package let regions: [Region]
    }

    private struct File: Decodable {
        let rules: [Rule]
    }

    package let rules: [Rule]

    /// No rules.
    package init() {
        rules = []
    }

    /// Reads a file: `{"rules": [{"modality": "US", "manufacturer": "…", "model": "…", "rows": 768, "columns": 1024,
    /// "regions": [{"x": 0, "y": 0, "width": 1024, "height": 60}]}]}`.
    ///
    /// - Throws: `DeidentificationError.invalidRegionRule`; number 0 where the file is no such file.
    package init(_ json: Data) throws(DeidentificationError) {
        guard let file = try? JSONDecoder().decode(File.self, from: json) else {
            throw .invalidRegionRule(number: 0, reason: "not a list of rules in JSON")
        }
        for (index, rule) in file.rules.enumerated() {
            if let reason = rule.fault { throw .invalidRegionRule(number: index + 1, reason: reason) }
        }
        rules = file.rules
    }

    /// The regions of the first rule that fits; nil where none does.
    func regions(of dataSet: DataSet) -> [Region]? {
        rules.first { $0.fits(dataSet) }?.regions
    }
}

extension RegionRules.Rule {
    fileprivate var fault: String? {
        if modality == nil && manufacturer == nil && model == nil { return "it fits every image" }
        let isWrong = regions.contains {
            $0.x < 0 || $0.y < 0 || $0.width < 1 || $0.height < 1 || $0.x > 65_535 || $0.y > 65_535
        }
        return isWrong ? "a region has no area, or begins outside" : nil
    }

    fileprivate func fits(_ dataSet: DataSet) -> Bool {
        func holds(_ wanted: String?, _ tag: Tag) -> Bool {
            guard let wanted else { return true }
            return dataSet.string(tag)?.range(of: wanted, options: .caseInsensitive) != nil
        }
        return (modality == nil || modality?.lowercased() == dataSet.string(.modality)?.lowercased())
            && holds(manufacturer, .manufacturer) && holds(model, Tag(0x0008, 0x1090))
            && (rows == nil || rows == dataSet.int(.rows)) && (columns == nil || columns == dataSet.int(.columns))
    }
}

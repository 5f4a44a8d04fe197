import DICOMweb
import Imaging

extension InstanceHeader {
    /// The others are members of their own, or follow from the file.
    private static let searched: [SearchAttribute] = {
        let others: [SearchAttribute] = [
            .studyInstanceUID, .seriesInstanceUID, .sopInstanceUID, .sopClassUID, .modality, .transferSyntaxUID,
        ]
        return SearchAttribute.all.filter { !others.contains($0) }
    }()

    /// What a header says of the attributes that searches know and that are no members of it; absent ones are not there.
    ///
    /// - Parameter present: the tags of the data set.
    static func searchAttributes(of dataSet: DataSet, present: Set<Tag>) -> [SearchAttribute: String] {
        dataSet.convertToUnicode()
        var found: [SearchAttribute: String] = [:]
        for attribute in searched where present.contains(attribute.path[0]) {
            var holder: DataSet? = dataSet
            if attribute.path.count > 1 { holder = dataSet.sequence(attribute.path[0]).first }
            guard let holder else { continue }
            let values = holder.strings(attribute.tag) ?? holder.int(attribute.tag).map { [String($0)] } ?? []
            let value = AttributeValue.kept(values, of: attribute)
            if !value.isEmpty { found[attribute] = value }
        }
        found[.transferSyntaxUID] = dataSet.transferSyntaxUID.flatMap { Resource.isUID($0) ? $0 : nil }
        return found
    }
}

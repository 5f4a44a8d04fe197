import DICOMweb
import Imaging

extension InstanceHeader {
    /// What a header says of the attributes that searches know; absent ones are not there.
    static func searchAttributes(of dataSet: DataSet) -> [SearchAttribute: String] {
        dataSet.convertToUnicode()
        var found: [SearchAttribute: String] = [:]
        let present = Set(dataSet.tags)
        for attribute in SearchAttribute.all where present.contains(attribute.path[0]) {
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

import Foundation
import Imaging

/// Where cases come from.
package enum CaseFiles {
    /// The cases of a manifest in JSON Lines.
    ///
    /// - Parameter split: only these; nil for all.
    /// - Throws: exit code 4 naming the line.
    package static func manifest(_ path: String, split: String?) throws(Failure) -> [EvaluationCase] {
        let folder = URL(filePath: path).deletingLastPathComponent()
        return try JSONLines.read(path, EvaluationCase.self).compactMap { line in
            guard split == nil || line.split == split else { return nil }
            var line = line
            line.folder = folder
            return line
        }
    }

    /// Files of which nothing is known: MR series for the planner, put together by SeriesInstanceUID, and NIfTI
    /// files; all others for the classifier, which says what it does not take.
    ///
    /// - Throws: exit code 4 where there is nothing at a path.
    package static func unlabelled(_ paths: [String]) throws(Failure) -> [EvaluationCase] {
        var cases: [EvaluationCase] = []
        var series: [String: [String]] = [:]
        for operand in paths {
            for file in try InputFiles.find([operand]) {
                if let uid = try seriesOfMR(file) {
                    series[uid, default: []].append(file)
                } else {
                    let task: EvaluationCase.Task = InputFiles.isNIfTI(file) ? .plan : .classify
                    cases.append(EvaluationCase(id: name(of: file, below: operand), task: task, files: [file]))
                }
            }
        }
        let stacks = series.values.sorted { $0[0] < $1[0] }
        cases += stacks.map { files in
            let folder = URL(filePath: files[0]).deletingLastPathComponent().lastPathComponent
            return EvaluationCase(id: "\(folder) (\(files.count) images)", task: .plan, files: files)
        }
        return numbered(cases)
    }

    /// The second case of a name gets a 2, and so on: folders hold several series, and several folders files of one name.
    private static func numbered(_ cases: [EvaluationCase]) -> [EvaluationCase] {
        var counts: [String: Int] = [:]
        return cases.map { item in
            counts[item.id, default: 0] += 1
            guard let count = counts[item.id], count > 1 else { return item }
            var item = item
            item.id += ", \(count)"
            return item
        }
    }

    private static func seriesOfMR(_ file: String) throws(Failure) -> String? {
        let bytes = try InputFiles.read(file)
        guard MediaType.sniff(bytes) == .dicom, let dataSet = try? DataSet(parsing: bytes),
            dataSet.string(.modality) == "MR"
        else { return nil }
        return dataSet.string(.seriesInstanceUID) ?? ""
    }

    /// The path from the folder given on; no path of this machine stands in a report.
    private static func name(of file: String, below operand: String) -> String {
        let prefix = operand.hasSuffix("/") ? operand : operand + "/"
        return file.hasPrefix(prefix) ? String(file.dropFirst(prefix.count)) : URL(filePath: file).lastPathComponent
    }
}

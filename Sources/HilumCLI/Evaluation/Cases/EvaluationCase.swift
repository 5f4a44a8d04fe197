package import Foundation

/// A line of a manifest: what is posted, and what is known of it. Fields that do not apply are absent.
package struct EvaluationCase: Decodable, Sendable {
    package enum Task: String, Decodable, Sendable {
        /// A radiograph for the classifier.
        case classify
        /// A series for the planner.
        case plan
    }

    /// What the service has to do.
    package enum Expectation: String, Codable, Sendable {
        case answer
        /// Say why it gives no answer: an error with its reason, or an image marked ungradable.
        case refuse
    }

    package var id: String
    package let task: Task
    /// Files, and folders with the files of one series, relative to the manifest.
    package let files: [String]
    package let split: String?
    package let expected: Expectation?
    /// By finding; present where above 0.
    package let severities: [String: Double]?
    /// By finding: image of the aspect of the file's, nonzero where the finding changes it.
    package let structures: [String: String]?
    /// By name of the view in the proto.
    package let planes: [String: Truth.Plane]?
    /// NIfTI file, nonzero in the structure that the views have to show.
    package let mask: String?
    package let subgroups: [String: String]?
    /// Where the manifest lies.
    package var folder = URL(filePath: "")

    private enum CodingKeys: String, CodingKey {
        case id, task, files, split, expected, severities, structures, planes, mask, subgroups
    }

    /// A file of which nothing is known.
    package init(id: String, task: Task, files: [String]) {
        (self.id, self.task, self.files) = (id, task, files)
        (split, expected, severities, structures, planes, mask, subgroups) = (nil, nil, nil, nil, nil, nil, nil)
    }

    /// False where an answer can be shown and not judged.
    package var isLabelled: Bool { severities != nil || planes != nil || expected != nil }

    /// Whether an answer can be right or wrong in more than being one.
    var wantsAnswer: Bool { expected != .refuse && (severities != nil || planes != nil) }

    func path(_ file: String) -> String { file.hasPrefix("/") ? file : folder.appending(path: file).relativePath }

    func isPresent(_ code: String) -> Bool? { severities?[code].map { $0 > 0 } }
}

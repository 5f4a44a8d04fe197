import Foundation
package import ServiceKit

/// Where the pages come from.
package struct PageOptions: Equatable, Sendable {
    /// Folder of the pages; nil: where `PageFiles.defaultFolder` finds them.
    package var folder: String?
    /// Folder of the JavaScript libraries that the system's packages install.
    package var libraries = "/usr/share/javascript"

    package init() {}

    package static let fields: [ConfigurationField<PageOptions>] = [
        .init(
            "web", \.folder, .optionalPath,
            help: "Folder of the pages; empty: share/hilum/web beside the program's folder, or web."),
        .init(
            "web-libraries", \.libraries, .text("a path"),
            help: "Folder of the JavaScript libraries that packages install."),
    ]

    func checkConsistency() throws(ConfigurationError) {
        if let folder, !FileManager.default.isReadableFile(atPath: folder + "/index.html") {
            throw .contradiction(key: "web", value: folder, reason: "there is no index.html")
        }
    }
}

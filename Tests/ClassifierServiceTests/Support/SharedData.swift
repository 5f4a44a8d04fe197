import Foundation

/// The real files for tests, kept outside the repository: `HILUM_SHARED`, else `../shared` beside the package.
enum SharedData {
    static let skipReason: String = "../shared/data is not here"

    static var directory: URL {
        let shared =
            ProcessInfo.processInfo.environment["HILUM_SHARED"].map { URL(filePath: $0) }
            ?? URL(filePath: #filePath).appending(path: "../../../../../shared").standardizedFileURL
        return shared.appending(path: "data")
    }

    /// In CI the data has to be there: then tests run and fail rather than skip.
    static var isPresent: Bool {
        ProcessInfo.processInfo.environment["CI"] != nil
            || FileManager.default.fileExists(atPath: directory.appending(path: "facts.csv").path)
    }

    static func bytes(_ file: String) throws -> Data {
        try Data(contentsOf: directory.appending(path: file))
    }
}
